import { addAbortSignal } from 'node:stream';
import type { File, Storage } from '@google-cloud/storage' with { 'resolution-mode': 'import' };
import { untilAborted } from '../core/async/until-aborted';
import { messageOf } from '../core/errors';
import { oneLine } from '../core/one-line';
import { judgeConnection } from './http-verdict';
import type { GcsModule } from './load-client';
import { isAlive, judgeObject } from './object-status';
import { readBody } from './read-body';
import type { Reference } from './reference';
import { tooLarge, tooSlow, type FetchAnswer, type FetchRequest, type ImageStore } from './store';
import type { WritableStore } from './writable-store';

export interface GcsSettings {
  readonly endpoint?: string | undefined;
}

/** Wrong or expired credentials, or a bucket that does not exist: not the fault of an object. */
const OF_CONFIGURATION =
  /bucket does not exist|invalid_grant|invalid_client|unauthorized_client|default credentials/i;

/** Objects of Google Cloud Storage. Credentials come from where Google's libraries look for them. */
export class GcsStore implements ImageStore, WritableStore {
  readonly #storage: Storage;

  constructor(
    sdk: GcsModule,
    private readonly options: GcsSettings & { readonly timeoutMs: number },
  ) {
    const { endpoint } = options;
    this.#storage = new sdk.Storage({
      ...(endpoint !== undefined && { apiEndpoint: endpoint }),
      // Attempts are counted, and waited for, by the caller.
      retryOptions: { autoRetry: false, maxRetries: 0 },
    });
  }

  async fetch(request: FetchRequest): Promise<FetchAnswer> {
    const { reference, etag, signal } = request;
    const file = this.#fileOf(reference);
    const progress = { isAnswered: false };
    try {
      if (etag !== undefined && (await untilAborted(tagOf(file), signal)) === etag)
        return { kind: 'unchanged' };
      return await download(file, request, progress);
    } catch (error) {
      if (signal.aborted) return tooSlow(reference.shown, this.options.timeoutMs, progress.isAnswered);
      if (statusOf(error) === 404 && !(await this.#hasBucket(error, reference, signal)))
        return { kind: 'later', reason: `the bucket ${reference.host} does not exist` };
      return judge(error, reference.shown, progress.isAnswered);
    }
  }

  /** An answer about an object says so. Without a permission for the bucket, it is taken to exist. */
  async #hasBucket(error: unknown, { host }: Reference, signal: AbortSignal): Promise<boolean> {
    if (/no such object/i.test(messageOf(error))) return true;
    return await untilAborted(this.#storage.bucket(host).getMetadata(), signal).then(
      () => true,
      (failure: unknown) => statusOf(failure) !== 404,
    );
  }

  async answers({ host }: Reference, signal: AbortSignal): Promise<boolean> {
    try {
      await untilAborted(this.#storage.bucket(host).getMetadata(), signal);
      return true;
    } catch (error) {
      return isAlive(statusOf(error));
    }
  }

  async put(
    bucket: string,
    key: string,
    bytes: Buffer,
    contentType: string,
    signal: AbortSignal,
  ): Promise<void> {
    const saved = this.#storage.bucket(bucket).file(key).save(bytes, { resumable: false, contentType });
    await untilAborted(saved, signal);
  }

  close(): void {
    // The library keeps connections of the process only, which do not keep it alive.
  }

  #fileOf({ host, path, version }: Reference): File {
    return this.#storage
      .bucket(host)
      .file(path.slice(1), version === undefined ? {} : { generation: version });
  }
}

/** The generation changes with each new content. */
async function tagOf(file: File): Promise<string | undefined> {
  const [{ generation }] = await file.getMetadata();
  return generation === undefined ? undefined : String(generation);
}

async function download(
  file: File,
  { reference: { shown }, maxBytes, signal }: FetchRequest,
  progress: { isAnswered: boolean },
): Promise<FetchAnswer> {
  const stream = file.createReadStream({ decompress: false });
  let headers: Readonly<Record<string, unknown>> = {};
  stream.on('response', (response: { headers: Record<string, unknown> }) => {
    progress.isAnswered = true;
    headers = response.headers;
  });
  const bytes = await readBody(addAbortSignal(signal, stream), maxBytes);
  if (bytes === undefined) return tooLarge(shown, undefined, maxBytes);
  const text = (name: string) => (typeof headers[name] === 'string' ? headers[name] : undefined);
  return { kind: 'fetched', bytes, etag: text('x-goog-generation'), contentType: text('content-type') };
}

function judge(error: unknown, shown: string, isAnswered: boolean): FetchAnswer {
  const status = statusOf(error);
  const text = oneLine(messageOf(error));
  const reason = `${shown}: ${text}`;
  if (status === undefined) return judgeConnection(error, shown, isAnswered);
  if (status === 401 || OF_CONFIGURATION.test(text)) return { kind: 'later', reason };
  return judgeObject(status, reason);
}

function statusOf(error: unknown): number | undefined {
  const code = Number((error as { code?: unknown } | null)?.code);
  return Number.isInteger(code) && code >= 300 ? code : undefined;
}
