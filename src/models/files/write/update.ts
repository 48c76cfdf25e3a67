import { randomUUID } from 'node:crypto';
import { cp, readFile, realpath, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import { StreamInferError } from '../../../core/errors';
import { VerifiedFolder, hasCode, unreadable } from '../folder';
import type { ModelFiles } from '../model';
import { CARD, INT8, MANIFEST, int8Schema, manifestSchema } from '../schema';
import type { Int8Facts, ModelManifest, StoredBaseline } from '../schema';
import { describeContents, stageFolder, toJson, writeContents, type Contents } from './folder';

/** Adds or replaces int8.json of a model and edits its card. Rejects with FILE_UNREADABLE if the system denies the write. */
export async function writeInt8(
  files: ModelFiles,
  int8: Int8Facts,
  editCard: (card: string) => string,
): Promise<ModelManifest> {
  const contents = new Map([
    [INT8, toJson(int8Schema.parse(int8))],
    [CARD, await editedCard(files, editCard)],
  ]);
  return await updateModel(files, contents);
}

/**
 * Adds or replaces the baseline in a model's manifest and edits its card; the weights are unchanged.
 * Rejects with FILE_UNREADABLE if the system denies the write.
 */
export async function writeBaseline(
  files: ModelFiles,
  baseline: StoredBaseline,
  editCard: (card: string) => string,
): Promise<ModelManifest> {
  return await updateModel(files, new Map([[CARD, await editedCard(files, editCard)]]), { baseline });
}

/** Edits the card of a model; all else is unchanged. Rejects with FILE_UNREADABLE if the system denies the write. */
export async function writeCard(
  files: ModelFiles,
  editCard: (card: string) => string,
): Promise<ModelManifest> {
  return await updateModel(files, new Map([[CARD, await editedCard(files, editCard)]]));
}

/**
 * Replaces the folder by a copy with these files and manifest changes. Changes by other programs since `files` was read
 * are kept, unless the weights changed.
 */
async function updateModel(
  files: ModelFiles,
  contents: Contents,
  changes: Partial<ModelManifest> = {},
): Promise<ModelManifest> {
  const folder = await realpath(files.dir);
  const current = await currentManifest(folder, files.manifest);
  const kept = current.files.filter((file) => !contents.has(file.path));
  const manifest = manifestSchema.parse({
    ...current,
    ...changes,
    files: [...kept, ...describeContents(contents)],
  });
  const replaced = new Set([...contents.keys(), MANIFEST].map((name) => path.join(folder, name)));
  await stageFolder(
    folder,
    async (temporary) => {
      await cp(folder, temporary, { recursive: true, filter: (file) => !replaced.has(file) });
      await writeContents(temporary, contents, manifest);
      // Another program may have replaced the folder while it was copied.
      await VerifiedFolder.read(temporary);
    },
    (temporary) => replaceFolder(folder, temporary),
  );
  return manifest;
}

/** Measuring takes minutes, in which another program may write to the same model. */
async function currentManifest(folder: string, before: ModelManifest): Promise<ModelManifest> {
  const { manifest } = await VerifiedFolder.read(folder);
  if (manifest.weightsSha256 === before.weightsSha256) return manifest;
  throw new StreamInferError(
    'FILE_UNREADABLE',
    `cannot write the model ${folder}: its weights changed in the meantime; run the command again`,
  );
}

/**
 * Two renames, because a folder cannot be renamed onto a non-empty one: between them there is no model, but never half a
 * model. If the second rename fails, the first is undone.
 */
async function replaceFolder(folder: string, next: string): Promise<void> {
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

async function editedCard(files: ModelFiles, edit: (card: string) => string): Promise<Buffer> {
  return Buffer.from(edit(await readCard(files)));
}

/** The text of the model card; empty for a model without one. */
async function readCard({ dir }: ModelFiles): Promise<string> {
  const file = path.join(dir, CARD);
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return '';
    throw unreadable(file, error);
  }
}
