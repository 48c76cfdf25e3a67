import { z } from 'zod';
import { MAX_IMAGE_SIDE } from '../../../core/image';
import { labelList } from './classifier';
import { labelsIn } from './labels';
import type { Settings, SettingsFrom } from './settings';
import { readJson, type ModelSource } from './source';

const CONFIG = 'config.json';
const PREPROCESSOR = 'preprocessor_config.json';

const configSchema = z.looseObject({
  id2label: z.record(z.string().regex(/^\d+$/), z.string()).optional().catch(undefined),
});

const side = z.int().min(1).max(MAX_IMAGE_SIDE);
const sizeSchema = z.union([
  side.transform((value) => ({ height: value, width: value, keepsRatio: false })),
  z.object({ height: side, width: side }).transform((size) => ({ ...size, keepsRatio: false })),
  z
    .object({ shortest_edge: side })
    .transform(({ shortest_edge: edge }) => ({ height: edge, width: edge, keepsRatio: true })),
]);
const byChannel = z
  .union([z.number(), z.array(z.number()).min(1).max(3)])
  .transform((value): readonly number[] => [value].flat());

/** Of the image processors of Transformers; a missing switch has the value that most of them have. */
const preprocessorSchema = z.looseObject({
  do_resize: z.boolean().nullish(),
  size: sizeSchema.nullish(),
  do_center_crop: z.boolean().nullish(),
  crop_size: sizeSchema.nullish(),
  do_rescale: z.boolean().nullish(),
  rescale_factor: z.number().nullish(),
  rescale_offset: z.boolean().nullish(),
  do_normalize: z.boolean().nullish(),
  image_mean: byChannel.nullish(),
  image_std: byChannel.nullish(),
  /** EfficientNet's processor divides by the deviation twice. */
  include_top: z.boolean().nullish(),
  do_flip_channel_order: z.boolean().nullish(),
});
type Preprocessor = z.infer<typeof preprocessorSchema>;

/** Class names and preprocessing of a folder from Hugging Face; empty for other folders. Rejects with MODEL_CORRUPT. */
export async function readHuggingFace(source: ModelSource): Promise<SettingsFrom[]> {
  const found: SettingsFrom[] = [];
  if (source.names.includes(PREPROCESSOR)) {
    const settings = settingsOf(await readJson(source, PREPROCESSOR, preprocessorSchema));
    found.push({ origin: PREPROCESSOR, settings });
  }
  if (source.names.includes(CONFIG)) {
    const { id2label } = await readJson(source, CONFIG, configSchema);
    const labels = labelList.safeParse(id2label && labelsIn(id2label));
    if (labels.success) found.push({ origin: `${CONFIG} (id2label)`, settings: { labels: labels.data } });
  }
  return found;
}

function settingsOf(file: Preprocessor): Settings {
  return {
    ...sizeOf(file),
    ...scalingOf(file),
    ...(file.do_flip_channel_order && { color: 'bgr' as const }),
  };
}

/** A size of the shorter side keeps the aspect ratio and is cut to a square. */
function sizeOf({ do_center_crop: crops, crop_size: cropSize, size }: Preprocessor): Settings {
  const wanted = (crops === true ? cropSize : undefined) ?? size;
  const resize = crops === true || size?.keepsRatio === true ? 'crop' : 'stretch';
  return wanted ? { height: wanted.height, width: wanted.width, resize } : { resize };
}

function scalingOf(file: Preprocessor): Settings {
  const scale = file.do_rescale === false ? 1 : (file.rescale_factor ?? 1 / 255);
  const offset = file.rescale_offset ? -1 : 0;
  const isNormalized = file.do_normalize !== false;
  const mean = (isNormalized && file.image_mean) || [0];
  const deviation = (isNormalized && file.image_std) || [1];
  const std = file.include_top && isNormalized ? deviation.map((one) => one * one) : deviation;
  return { scale, offset, mean, std };
}
