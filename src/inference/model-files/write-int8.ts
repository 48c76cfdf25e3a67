import { cp, readFile, realpath } from 'node:fs/promises';
import path from 'node:path';
import { describeContents, replaceFolder, stageFolder, toJson, writeContents } from './folder-writer';
import type { ModelFiles } from './model';
import { hasCode, unreadable } from './problems';
import {
  CARD,
  INT8,
  MANIFEST,
  int8Schema,
  manifestSchema,
  type Int8Facts,
  type ModelManifest,
} from './schema';

/**
 * Adds int8.json to a model or replaces it, with a new text of the card and a new manifest; all other files stay as they
 * are. The folder is made anew beside the old one and takes its place. FILE_UNREADABLE if the system does not let us.
 */
export async function writeInt8(
  files: ModelFiles,
  int8: Int8Facts,
  editCard: (card: string) => string,
): Promise<ModelManifest> {
  const folder = await realpath(files.dir);
  const contents = new Map([
    [INT8, toJson(int8Schema.parse(int8))],
    [CARD, Buffer.from(editCard(await readCard(folder)))],
  ]);
  const kept = files.manifest.files.filter((file) => !contents.has(file.path));
  const manifest = manifestSchema.parse({
    ...files.manifest,
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

/** A model from elsewhere may have none. */
async function readCard(folder: string): Promise<string> {
  try {
    return await readFile(path.join(folder, CARD), 'utf8');
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return '';
    throw unreadable(path.join(folder, CARD), error);
  }
}
