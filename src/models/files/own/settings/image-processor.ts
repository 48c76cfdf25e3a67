import { textOf } from '../../../../core/text-of';
import { z } from 'zod';
import { MAX_IMAGE_SIDE } from '../../../../core/image';
import type { Filter } from '../../../../core/model-shape';
import type { Settings } from './settings';

const side = z.int().min(1).max(MAX_IMAGE_SIDE);
const box = z.object({ height: side, width: side });
const sizeSchema = z.union([side, box, z.object({ shortest_edge: side }), z.looseObject({})]);
const byChannel = z
  .union([z.number(), z.array(z.number()).min(1).max(3)])
  .transform((value): readonly number[] => [value].flat());

/** `preprocessor_config.json` of an image processor, or of a feature extractor before Transformers 4.26. */
export const preprocessorSchema = z.looseObject({
  image_processor_type: z.string().nullish().catch(undefined),
  feature_extractor_type: z.string().nullish().catch(undefined),
  do_resize: z.boolean().nullish(),
  size: sizeSchema.nullish(),
  /** A number of Pillow, or its name. */
  resample: z.union([z.int(), z.string()]).nullish(),
  crop_pct: z.number().positive().max(1).nullish(),
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

interface Read {
  readonly settings: Settings;
  /** Differences from Transformers; each is the rest of a sentence about the file. */
  readonly warnings: readonly string[];
}

/** The settings of an image processor of Transformers; a missing switch has the value that most of them have. */
export function readPreprocessor(file: Preprocessor): Read {
  const size = sizeOf(file);
  const filter = filterOf(file);
  return {
    settings: {
      ...size.settings,
      ...filter.settings,
      ...scalingOf(file),
      ...(file.do_flip_channel_order && { color: 'bgr' as const }),
    },
    warnings: [...size.warnings, ...filter.warnings],
  };
}

/** Sides in pixels; `edge`: the shorter side, which keeps the aspect ratio. */
type Scaled = { readonly edge: number } | { readonly height: number; readonly width: number };

/** Processors that scale both sides to a size of one number; others take it as the shorter side if they crop. */
const SQUARE = /^(ViT|DeiT|Beit|Data2Vec)/;
const CONVNEXT = /^ConvNext/;
/** The processors of ConvNeXT scale larger images than this without cropping them. */
const CONVNEXT_CROPS_BELOW = 384;
const DEFAULT_CROP_PCT = 224 / 256;
/** The processor of LeViT scales the shorter side to 256 for a size of 224. */
const LEVIT_RATIO = 256 / 224;

function sizeOf(file: Preprocessor): Read {
  if (file.do_resize === false)
    return { settings: {}, warnings: ['has do_resize: false, but pictures of another size are scaled'] };
  const scaled = scaledOf(file);
  if (scaled === undefined) return { settings: {}, warnings: unknownSize(file) };
  const family = familyOf(file);
  if (CONVNEXT.test(family) && 'edge' in scaled) return plain(convNext(scaled.edge, file));
  const crop = file.do_center_crop === true ? (boxOf(file.crop_size) ?? boxOf(file.size)) : undefined;
  if (crop) return cropped(scaledBeforeCrop(scaled, file), crop);
  if (!('edge' in scaled)) return plain({ ...scaled, resize: 'stretch' });
  const { edge } = scaled;
  return {
    settings: { height: edge, width: edge, resize: 'crop', cropFrom: edge },
    warnings: ['keeps the aspect ratio and cuts nothing off, but here the centre is cut out'],
  };
}

function plain(settings: Settings): Read {
  return { settings, warnings: [] };
}

function scaledOf(file: Preprocessor): Scaled | undefined {
  const { size, do_center_crop: crops } = file;
  if (typeof size === 'object' && size !== null) {
    if ('shortest_edge' in size) return { edge: size.shortest_edge as number };
    return boxOf(size);
  }
  if (typeof size !== 'number') return undefined;
  const family = familyOf(file);
  const keepsRatio = crops === true || CONVNEXT.test(family) || usesCropPct(file);
  return keepsRatio && !SQUARE.test(family) ? { edge: size } : { height: size, width: size };
}

/** For `ViTFeatureExtractor` and `ViTImageProcessorFast`: `ViT`. */
function familyOf({ image_processor_type: name, feature_extractor_type: older }: Preprocessor): string {
  return (name ?? older ?? '').replace(/(ImageProcessor|FeatureExtractor).*$/, '');
}

function usesCropPct(file: Preprocessor): boolean {
  return typeof file.crop_pct === 'number' && /^PoolFormer/.test(familyOf(file));
}

function boxOf(size: Preprocessor['size']): { height: number; width: number } | undefined {
  if (typeof size === 'number') return { height: size, width: size };
  const parsed = box.safeParse(size);
  if (parsed.success) return parsed.data;
  const edge = side.safeParse((size as { shortest_edge?: unknown } | null | undefined)?.shortest_edge);
  return edge.success ? { height: edge.data, width: edge.data } : undefined;
}

function unknownSize({ size }: Preprocessor): string[] {
  if (size === undefined || size === null) return [];
  return [`has the size ${JSON.stringify(size).slice(0, 100)}, which is not known; pictures are stretched`];
}

function convNext(edge: number, { crop_pct: share }: Preprocessor): Settings {
  const size = { height: edge, width: edge };
  if (edge >= CONVNEXT_CROPS_BELOW) return { ...size, resize: 'stretch' };
  return { ...size, resize: 'crop', cropFrom: Math.floor(edge / (share ?? DEFAULT_CROP_PCT)) };
}

/** PoolFormer and LeViT scale to a larger size than they name. */
function scaledBeforeCrop(scaled: Scaled, file: Preprocessor): Scaled {
  if (usesCropPct(file)) {
    const edge = 'edge' in scaled ? scaled.edge : scaled.height;
    return { edge: Math.floor(edge / file.crop_pct!) };
  }
  if ('edge' in scaled && /^Levit/i.test(familyOf(file)))
    return { edge: Math.floor(LEVIT_RATIO * scaled.edge) };
  return scaled;
}

function cropped(scaled: Scaled, crop: { height: number; width: number }): Read {
  const largest = Math.max(crop.height, crop.width);
  const from = 'edge' in scaled ? scaled.edge : scaled.height;
  const resize = 'edge' in scaled ? 'crop' : 'stretch';
  const isSquare = 'edge' in scaled || scaled.height === scaled.width;
  if (from >= largest && isSquare) return plain({ ...crop, resize, cropFrom: from });
  return {
    settings: { ...crop, resize },
    warnings: [
      `cuts ${crop.width} × ${crop.height} out of a picture of another form, which is not done here`,
    ],
  };
}

/** Pillow's numbers. */
const FILTERS: readonly (readonly [number, string, Filter | undefined])[] = [
  [0, 'nearest', undefined],
  [1, 'lanczos', undefined],
  [2, 'bilinear', 'bilinear'],
  [3, 'bicubic', 'bicubic'],
  [4, 'box', 'area'],
  [5, 'hamming', undefined],
];

function filterOf({ resample }: Preprocessor): Read {
  if (resample === undefined || resample === null) return plain({});
  const name = textOf(resample).toLowerCase();
  const found = FILTERS.find(([number, filter]) => number === resample || name.endsWith(filter));
  if (found?.[2]) return plain({ filter: found[2] });
  const asked = found?.[1] ?? name.slice(0, 40);
  return {
    settings: { filter: 'bicubic' },
    warnings: [
      `scales pictures with ${asked}, but here it is bicubic; images of the model's own size are exact`,
    ],
  };
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
