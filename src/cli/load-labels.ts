import { readFile, stat } from 'node:fs/promises';
import { StreamInferError, messageOf } from '../core/errors';
import { hasScheme } from '../core/remote-model';
import type { LabelledImages } from '../training/batches';
import { MOST_LABEL_BYTES, readLabels } from '../training/read-labels';

/** Longest time for a download, ms. */
const DOWNLOAD_MS = 120_000;
const EXPORT = '/api/v1/labels/export';

/**
 * Labels from a file, or from a running process. Rejects with USAGE for a file that is not an export, FILE_UNREADABLE, or
 * NOT_READY for a process that does not answer.
 *
 * @param from path, address of a process, or address of a file
 */
export async function loadLabels(from: string, token?: string): Promise<LabelledImages> {
  const text = hasScheme(from) ? await download(from, token) : await readText(from);
  return readLabels(text, from);
}

async function readText(file: string): Promise<string> {
  try {
    const { size } = await stat(file);
    if (size > MOST_LABEL_BYTES) throw tooLarge(file);
    return await readFile(file, 'utf8');
  } catch (error) {
    throw StreamInferError.from(error, 'FILE_UNREADABLE', `cannot read the labels ${file}: `);
  }
}

async function download(from: string, token: string | undefined): Promise<string> {
  const address = new URL(from);
  if (address.pathname === '/') address.pathname = EXPORT;
  const headers = token === undefined ? {} : { authorization: `Bearer ${token}` };
  let response: Response;
  try {
    response = await fetch(address, { headers, signal: AbortSignal.timeout(DOWNLOAD_MS) });
    if (response.ok) return await bounded(response, from);
  } catch (error) {
    if (error instanceof StreamInferError) throw error;
    throw new StreamInferError(
      'NOT_READY',
      `cannot read labels from ${address.origin}: ${messageOf(error)}`,
      {
        cause: error,
      },
    );
  }
  const problem = (await response.json().catch(() => null)) as { readonly detail?: string } | null;
  throw new StreamInferError(
    'NOT_READY',
    `${address.origin} answered HTTP ${response.status}: ${problem?.detail ?? 'no labels'}`,
  );
}

async function bounded(response: Response, from: string): Promise<string> {
  const parts: Uint8Array[] = [];
  let bytes = 0;
  for await (const part of response.body ?? []) {
    bytes += (part as Uint8Array).length;
    if (bytes > MOST_LABEL_BYTES) throw tooLarge(from);
    parts.push(part as Uint8Array);
  }
  return Buffer.concat(parts).toString();
}

function tooLarge(from: string): StreamInferError {
  return new StreamInferError('USAGE', `${from} is larger than ${MOST_LABEL_BYTES} bytes; use fewer labels`);
}
