import { cp, readFile, realpath } from 'node:fs/promises';
import path from 'node:path';
import { describeContents, replaceFolder, stageFolder, writeContents, type Contents } from './folder-writer';
import type { ModelFiles } from './model';
import { hasCode, unreadable } from './problems';
import { CARD, MANIFEST, manifestSchema, type ModelManifest } from './schema';

/**
 * Adds files to a model or replaces them, and changes its manifest; all other files stay as they are. The folder is made
 * anew beside the old one and takes its place. FILE_UNREADABLE if the system does not let us.
 */
export async function rewriteModel(
  files: Pick<ModelFiles, 'dir' | 'manifest'>,
  contents: Contents,
  changes: Partial<ModelManifest> = {},
): Promise<ModelManifest> {
  const folder = await realpath(files.dir);
  const kept = files.manifest.files.filter((file) => !contents.has(file.path));
  const manifest = manifestSchema.parse({
    ...files.manifest,
    ...changes,
    files: [...kept, ...describeContents(contents)],
  });
  const replaced = new Set([...contents.keys(), MANIFEST].map((name) => path.join(folder, name)));
  await stageFolder(
    folder,
    async (temporary) => {
      await cp(folder, temporary, { recursive: true, filter: (file) => !replaced.has(file) });
      await writeContents(temporary, contents, manifest);
    },
    (temporary) => replaceFolder(folder, temporary),
  );
  return manifest;
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
