import { z } from 'zod';
import { MAX_IMAGE_SIDE } from '../core/image';
import type { ImageLabel } from '../core/label';
import { bytesPerImage } from '../core/model-shape';
import { OPERATOR_CHANNELS } from '../core/steering';
import { classBelow, MOST_CLASSES, predictionSource, share, time } from './prediction-schema';

const label = classBelow(MOST_CLASSES);
const side = z.int().min(1).max(MAX_IMAGE_SIDE);
/** Characters of base64 of a picture, which has at most 128 × 128 pixels in colour. */
const MOST_PIXELS = 4 * Math.ceil((128 * 128 * 3) / 3);

const image = z
  .object({
    width: side,
    height: side,
    channels: z.union([z.literal(1), z.literal(3)]),
    pixels: z.base64().max(MOST_PIXELS),
  })
  .refine(
    ({ pixels, ...size }) => Buffer.byteLength(pixels, 'base64') === bytesPerImage(size),
    'must have as many pixels as its size says',
  );

/** `schema/label.v1.json` for reading; members of later versions are removed. */
export const labelSchema = z.object({
  schemaVersion: z.literal(1),
  id: z.string().min(1).max(2_000),
  label: label.nullable(),
  className: z.string().nullable(),
  predicted: z.object({
    label,
    className: z.string(),
    confidence: share,
    model: z.object({ name: z.string(), version: z.int() }),
  }),
  source: predictionSource,
  image,
  by: z.string().min(1).max(100),
  via: z.enum(OPERATOR_CHANNELS),
  at: time,
}) satisfies z.ZodType<ImageLabel>;
