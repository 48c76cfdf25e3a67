import { z } from 'zod';
import { labelList } from './classifier';
import { preprocessorSchema, readPreprocessor } from './image-processor';
import { labelsIn } from './labels';
import type { SettingsFrom } from './settings';
import { readJson, type ModelSource } from '../source';

const CONFIG = 'config.json';
const PREPROCESSOR = 'preprocessor_config.json';

const configSchema = z.looseObject({
  id2label: z.record(z.string().regex(/^\d+$/), z.string()).optional().catch(undefined),
  problem_type: z.string().nullish().catch(undefined),
});

/** Class names and preprocessing of a folder from Hugging Face; empty for other folders. Rejects with MODEL_CORRUPT. */
export async function readHuggingFace(source: ModelSource): Promise<SettingsFrom[]> {
  const found: SettingsFrom[] = [];
  if (source.names.includes(PREPROCESSOR)) {
    const { settings, warnings } = readPreprocessor(await readJson(source, PREPROCESSOR, preprocessorSchema));
    found.push({
      origin: PREPROCESSOR,
      settings,
      warnings: warnings.map((warning) => `${PREPROCESSOR} ${warning}`),
    });
  }
  if (source.names.includes(CONFIG)) {
    const { id2label, problem_type: problem } = await readJson(source, CONFIG, configSchema);
    const labels = labelList.safeParse(id2label && labelsIn(id2label));
    if (labels.success) found.push({ origin: `${CONFIG} (id2label)`, settings: { labels: labels.data } });
    if (problem === 'multi_label_classification')
      found.push({ origin: `${CONFIG} (problem_type)`, settings: { activation: 'sigmoid' } });
  }
  return found;
}
