import { randomUUID } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { rename, rm } from 'node:fs/promises';
import path from 'node:path';
import { Readable, Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { isStreamInferError, messageOf, StreamInferError } from '../core/errors';
import { makeFolder } from '../core/make-folder';
import type { LocatedFiles } from './locate';
import { KNOWN_FILES, readVerified, type KnownFile, type Split } from './verify';

/** Zalando's address from the dataset's README. It has no HTTPS; files are verified by their SHA-256. */
export const OFFICIAL_ADDRESS = 'http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/';

export interface DownloadProgress {
  readonly file: string;
  readonly receivedBytes: number;
  /** The announced size; undefined if the server does not send it. */
  readonly totalBytes?: number | undefined;
}

export interface DownloadOptions {
  /** Target folder. */
  readonly dir: string;
  readonly address?: string;
  readonly onProgress?: ((progress: DownloadProgress) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Longest time without a byte, ms. */
  readonly stallTimeoutMs?: number;
  /** Longest time for one file, ms. */
  readonly totalTimeoutMs?: number;
}

const STALL_TIMEOUT_MS = 15_000;
const TOTAL_TIMEOUT_MS = 10 * 60_000;
/** Compressed files are smaller than their data, so a larger response is wrong. */
const HEADROOM = 1.1;

/**
 * Downloads both files of a split. Each is verified before it is renamed, so other processes never see a
 * partial file. Rejects with DATASET_MISSING (unreachable, stalled, refused; with the remedy),
 * DATASET_CORRUPT (not the published bytes), FILE_UNREADABLE (the folder) or ABORTED.
 */
export async function downloadDataset(split: Split, options: DownloadOptions): Promise<LocatedFiles> {
  const { images, labels } = KNOWN_FILES[split];
  try {
    makeFolder(options.dir);
  } catch (error) {
    throw StreamInferError.from(error, 'FILE_UNREADABLE', `cannot create the folder ${options.dir}: `);
  }
  return {
    dir: options.dir,
    labels: await downloadFile(labels, options),
    images: await downloadFile(images, options),
  };
}

/** Downloads one file and returns its path; see `downloadDataset`. */
export async function downloadFile(known: KnownFile, options: DownloadOptions): Promise<string> {
  const name = `${known.name}.gz`;
  const target = path.join(options.dir, name);
  // The reader decompresses files ending in .gz.
  const temporary = path.join(options.dir, `.${randomUUID()}.${name}`);
  try {
    await fetchTo(temporary, known, options);
    await readVerified(temporary, known, options.signal);
    await rename(temporary, target);
  } finally {
    await rm(temporary, { force: true });
  }
  return target;
}

async function fetchTo(file: string, known: KnownFile, options: DownloadOptions): Promise<void> {
  const url = new URL(`${known.name}.gz`, options.address ?? OFFICIAL_ADDRESS);
  const watchdog = createWatchdog(options);
  try {
    const response = await fetch(url, { signal: watchdog.signal });
    if (!response.ok || !response.body)
      throw new Error(`the server responded with status ${response.status}`);
    const counter = createCounter(known, response, options, watchdog.alive);
    await pipeline(Readable.fromWeb(response.body), counter, createWriteStream(file), {
      signal: watchdog.signal,
    });
  } catch (error) {
    throw toDownloadError(url, options, watchdog.reason() ?? error);
  } finally {
    watchdog.stop();
  }
}

interface Watchdog {
  readonly signal: AbortSignal;
  /** Called for every chunk; restarts the stall timer. */
  readonly alive: () => void;
  /** The reason of the abort, if aborted. */
  readonly reason: () => unknown;
  readonly stop: () => void;
}

/** Combines the caller's signal, the stall timeout and the total timeout. */
function createWatchdog(options: DownloadOptions): Watchdog {
  const { stallTimeoutMs = STALL_TIMEOUT_MS, totalTimeoutMs = TOTAL_TIMEOUT_MS, signal: outer } = options;
  const controller = new AbortController();
  const abortWith = (text: string) => () => controller.abort(new Error(text));
  const stall = setTimeout(abortWith(`no data for ${stallTimeoutMs} ms`), stallTimeoutMs);
  const total = setTimeout(abortWith(`not complete after ${totalTimeoutMs} ms`), totalTimeoutMs);
  const onOuter = () => controller.abort(outer?.reason);
  if (outer?.aborted) onOuter();
  outer?.addEventListener('abort', onOuter, { once: true });
  return {
    signal: controller.signal,
    alive: () => void stall.refresh(),
    reason: () => controller.signal.reason as unknown,
    stop: () => {
      clearTimeout(stall);
      clearTimeout(total);
      outer?.removeEventListener('abort', onOuter);
    },
  };
}

function createCounter(
  known: KnownFile,
  response: Response,
  options: DownloadOptions,
  alive: () => void,
): Transform {
  const totalBytes = Number(response.headers.get('content-length')) || undefined;
  let receivedBytes = 0;
  return new Transform({
    transform(chunk: Buffer, _encoding, done) {
      alive();
      receivedBytes += chunk.length;
      options.onProgress?.({ file: known.name, receivedBytes, totalBytes });
      if (receivedBytes > known.bytes * HEADROOM)
        done(new Error(`the server sent more than ${known.bytes} bytes`));
      else done(null, chunk);
    },
  });
}

function toDownloadError(url: URL, options: DownloadOptions, error: unknown): StreamInferError {
  if (options.signal?.aborted) {
    return new StreamInferError('ABORTED', `the download of ${url.href} was cancelled`, { cause: error });
  }
  if (isStreamInferError(error)) return error;
  const name = path.basename(url.pathname);
  return new StreamInferError(
    'DATASET_MISSING',
    `Fashion-MNIST is not on this machine and ${url.href} cannot be downloaded: ${reasonOf(error)}; ` +
      `without a network, copy ${name} and the other files to ${options.dir}, or set --data-dir to their folder; ` +
      'on Debian: apt install dataset-fashion-mnist',
    { cause: error },
  );
}

/** `fetch` reports only "fetch failed"; its cause has the reason (ENOTFOUND, ECONNREFUSED …). */
function reasonOf(error: unknown): string {
  const cause = error instanceof Error ? error.cause : undefined;
  return messageOf(cause ?? error) || String((cause as NodeJS.ErrnoException | undefined)?.code);
}
