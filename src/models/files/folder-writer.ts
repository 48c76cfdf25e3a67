import { randomUUID } from 'node:crypto';
import { mkdir, open, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import { StreamInferError } from '../../core/errors';
import { makeFolder } from '../../core/make-folder';
import { sha256 } from './checksum';
import { MANIFEST, type ModelManifest } from './schema';

/** What will be in a folder, by file name. */
export type Contents = ReadonlyMap<string, Buffer>;

/**
 * Fills a temporary folder next to `folder`, then lets `commit` put it in place, so that nobody ever sees half a model.
 * A failure leaves nothing behind and rejects with FILE_UNREADABLE.
 */
export async function stageFolder(
  folder: string,
  fill: (temporary: string) => Promise<void>,
  commit: (temporary: string) => Promise<void>,
): Promise<void> {
  const temporary = `${folder}.${randomUUID()}.tmp`;
  try {
    makeFolder(path.dirname(temporary));
    // On its own: the recursive one calls a read-only file system ENOENT.
    await mkdir(temporary);
    await fill(temporary);
    await commit(temporary);
  } catch (error) {
    // What went wrong first is what counts; clearing up may fail for the same reason.
    await rm(temporary, { recursive: true, force: true }).catch(() => undefined);
    throw StreamInferError.from(error, 'FILE_UNREADABLE', `Cannot write the model ${folder}: `);
  }
}

/**
 * Two renames, since a folder cannot be renamed onto another that has files: whoever looks between them finds no model,
 * but never half of one. If the second one fails, the first is taken back.
 */
export async function replaceFolder(folder: string, next: string): Promise<void> {
  const previous = `${folder}.${randomUUID()}.old`;
  await rename(folder, previous);
  try {
    await rename(next, folder);
  } catch (error) {
    await rename(previous, folder);
    throw error;
  }
  await rm(previous, { recursive: true });
}

/** The files, and last the manifest that lists them. */
export async function writeContents(
  folder: string,
  contents: Contents,
  manifest: ModelManifest,
): Promise<void> {
  for (const [name, bytes] of contents) await writeSynced(path.join(folder, name), bytes);
  await writeSynced(path.join(folder, MANIFEST), toJson(manifest));
}

/** As the manifest lists them. */
export function describeContents(contents: Contents): ModelManifest['files'] {
  return [...contents].map(([name, bytes]) => ({ path: name, bytes: bytes.length, sha256: sha256(bytes) }));
}

export function toJson(value: unknown): Buffer {
  return Buffer.from(`${JSON.stringify(value, null, 1)}\n`);
}

async function writeSynced(file: string, bytes: Buffer): Promise<void> {
  const handle = await open(file, 'wx');
  try {
    await handle.writeFile(bytes);
    await handle.sync();
  } finally {
    await handle.close();
  }
}
