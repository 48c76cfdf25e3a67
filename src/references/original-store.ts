import { rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseAllowedPlace, type AllowedPlace } from '../config/allowed-place';
import type { ReferencesConfig } from '../config/references';
import { StreamInferError } from '../core/errors';
import type { OriginalStore } from '../core/event';
import { makeFolder } from '../core/make-folder';
import { headerText } from '../core/message';
import type { MessageValue, ValueResolver } from '../core/resolver';
import { openGcs, openS3 } from './open-stores';
import type { WritableStore } from './writable-store';

const UNKNOWN_TYPE = 'application/octet-stream';

export interface OriginalStoreOptions {
  /** `s3://bucket/folder`, `gs://…` or `file:///…`. */
  readonly place: string;
  readonly config: ReferencesConfig;
  /** Fetches the image of a message that carries none; undefined where messages have no references. */
  readonly resolver: ValueResolver | undefined;
}

/**
 * Keeps the images behind events, under the ids of the events. Rejects with DEPENDENCY_MISSING without the client of the
 * store.
 */
export async function createOriginalStore(options: OriginalStoreOptions): Promise<OriginalStore> {
  const place = parseAllowedPlace(options.place);
  if ('problem' in place)
    throw new StreamInferError('CONFIG_INVALID', `events.keepOriginals: ${place.problem}`);
  const { store, close } = await openWritable(place, options.config);
  return {
    keep: async (id, message, signal) => {
      const original = await originalOf(message, options.resolver, signal);
      if (typeof original === 'string') return original;
      const { bytes, contentType = UNKNOWN_TYPE } = original;
      // Ids are letters, digits and dashes.
      await store.put(place.host, `${place.folder.slice(1)}${id}`, bytes, contentType, signal);
      return undefined;
    },
    close,
  };
}

interface Original {
  readonly bytes: Buffer;
  readonly contentType?: string | undefined;
}

/** The image, or the message itself where that refers to none. Rejects where the image may be there later. */
async function originalOf(
  message: MessageValue,
  resolver: ValueResolver | undefined,
  signal: AbortSignal,
): Promise<Original | string> {
  const resolved = (await resolver?.resolve(message, signal)) ?? null;
  if (resolved?.kind === 'resolved') return { bytes: resolved.value, contentType: resolved.contentType };
  if (resolved?.kind === 'postponed') throw new StreamInferError('TIMEOUT', resolved.reason);
  if (message.value === null) return 'the message has no value';
  return { bytes: message.value, contentType: headerText(message.headers, 'content-type') };
}

async function openWritable(
  { scheme }: AllowedPlace,
  { s3, gcs, timeout: timeoutMs }: ReferencesConfig,
): Promise<{ store: WritableStore; close: () => void }> {
  if (scheme === 's3' || scheme === 'gs') {
    const store = scheme === 's3' ? await openS3({ ...s3, timeoutMs }) : await openGcs({ ...gcs, timeoutMs });
    return { store, close: () => store.close() };
  }
  return { store: { put: putFile }, close: () => undefined };
}

/** A reader never sees half of a file. */
async function putFile(_bucket: string, path: string, bytes: Buffer): Promise<void> {
  const file = join('/', path);
  makeFolder(join(file, '..'));
  await writeFile(`${file}.part`, bytes);
  await rename(`${file}.part`, file);
}
