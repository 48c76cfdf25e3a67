import { toJson } from './folder-writer';
import type { ModelFiles } from './model';
import { readCard, rewriteModel } from './rewrite';
import { CARD, INT8, int8Schema, type Int8Facts, type ModelManifest } from './schema';

/** Adds int8.json to a model or replaces it, with a new text of the card. FILE_UNREADABLE if the system does not let us. */
export async function writeInt8(
  files: ModelFiles,
  int8: Int8Facts,
  editCard: (card: string) => string,
): Promise<ModelManifest> {
  const card = editCard(await readCard(files));
  return await rewriteModel(
    files,
    new Map([
      [INT8, toJson(int8Schema.parse(int8))],
      [CARD, Buffer.from(card)],
    ]),
  );
}
