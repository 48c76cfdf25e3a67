import { cp, readFile, realpath } from 'node:fs/promises';
import path from 'node:path';
import { StreamInferError } from '../../core/errors';
import { describeContents, replaceFolder, stageFolder, writeContents, type Contents } from './folder-writer';
import type { ModelFiles } from './model';
import { hasCode, unreadable } from './problems';
import { CARD, MANIFEST, manifestSchema, type ModelManifest } from './schema';
import { VerifiedFolder } from './verified-folder';

/**
 * Adds files to a model or replaces them, and changes its manifest; all other files stay as they are. The folder is made
 * anew beside the old one and takes its place. What another program changed since `files` was read stays, unless that were
 * other weights. FILE_UNREADABLE if the system does not let us.
 */
export async function rewriteModel(
  files: Pick<ModelFiles, 'dir' | 'manifest'>,
  contents: Contents,
  changes: Partial<ModelManifest> = {},
): Promise<ModelManifest> {
  const folder = await realpath(files.dir);
  const current = await manifestNow(folder, files.manifest);
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
      // Somebody may have exchanged the folder while it was copied.
      await VerifiedFolder.read(temporary);
    },
    (temporary) => replaceFolder(folder, temporary),
  );
  return manifest;
}

/** What is measured takes minutes, in which another program may write to the same model. */
async function manifestNow(folder: string, before: ModelManifest): Promise<ModelManifest> {
  const { manifest } = await VerifiedFolder.read(folder);
  if (manifest.weightsSha256 === before.weightsSha256) return manifest;
  throw new StreamInferError(
    'FILE_UNREADABLE',
    `Cannot write the model ${folder}: it was given other weights meanwhile; give the command again.`,
  );
}

/** The text of the model card; a model from elsewhere may have none. */
export async function readCard({ dir }: Pick<ModelFiles, 'dir'>): Promise<string> {
  try {
    return await readFile(path.join(dir, CARD), 'utf8');
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return '';
    throw unreadable(path.join(dir, CARD), error);
  }
}
