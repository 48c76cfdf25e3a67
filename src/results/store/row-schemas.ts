import { isArrayBuffer, isUint8Array } from 'node:util/types';
import { z } from 'zod';
import { BIN_COUNT } from '../../core/confidence-bins';
import { FILE_FORMATS, MAX_IMAGE_SIDE } from '../../core/image';
import { TRUTH_UNKNOWN } from '../tally';

/** Rows are validated before use, because another program or a damaged disk may have changed them. */
const count = z.int().min(0);
const label = z.int().min(0).max(65_535);

export const cellSchema = z.object({ truth: z.union([label, z.literal(TRUTH_UNKNOWN)]), label, count });

export const binSchema = z.object({
  bin: z
    .int()
    .min(0)
    .max(BIN_COUNT - 1),
  count,
  judged: count,
  correct: count,
  confidence: z.number(),
});

export const minuteSchema = z.object({
  at: z.int(),
  predictions: count,
  judged: count,
  correct: count,
  dead_letters: count,
});

/** A row whose `body` is JSON with its own schema. */
export const bodySchema = z.object({
  seq: z.int(),
  body: z.custom<ArrayBuffer | Uint8Array>(
    (value) => isArrayBuffer(value) || isUint8Array(value),
    'Expected bytes',
  ),
});

const text = z.string().nullable();

export const predictionRowSchema = bodySchema.extend({ original: text });

const side = z.int().min(1).max(MAX_IMAGE_SIDE);

/** The image file of a prediction. */
export const originalSchema = z.object({ format: z.enum(FILE_FORMATS), width: side, height: side });

/** A stored image that is not a 28×28 one in grey. */
export const aboutImageSchema = z.object({
  width: side,
  height: side,
  channels: z.union([z.literal(1), z.literal(3)]),
});

export const positionSchema = z.object({ topic: z.string(), partition: count, next: count });

/** Columns of an event that change after it was stored, in addition to its body. */
export const eventRowSchema = bodySchema.extend({
  matches: count,
  last_at: z.string(),
  acknowledged_at: text,
  acknowledged_by: text,
  note: text,
  images: text,
});

export const labelCountSchema = z.object({ label, count });

export const counterSchema = z.object({ value: count });

export const nameSchema = z.object({ value: z.string().min(1).max(100) });
