import type { ModelFiles } from './model';
import { readCard, rewriteModel } from './rewrite';
import { CARD, type ModelManifest, type StoredBaseline } from './schema';

/**
 * Puts a baseline into the manifest of a model, in place of one that is there, with a new text of the card; the weights
 * stay as they are. FILE_UNREADABLE if the system does not let us.
 */
export async function writeBaseline(
  files: ModelFiles,
  baseline: StoredBaseline,
  editCard: (card: string) => string,
): Promise<ModelManifest> {
  const card = editCard(await readCard(files));
  return await rewriteModel(files, new Map([[CARD, Buffer.from(card)]]), { baseline });
}
