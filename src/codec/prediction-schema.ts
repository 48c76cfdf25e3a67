import { z } from 'zod';
import { PRECISIONS } from '../core/precision';
import type { Prediction } from '../core/prediction';
import { RUNTIME_NAMES } from '../core/runtime-name';

/** Far more classes than any model has. */
export const MOST_CLASSES = 65_535;
export const classBelow = (count: number) =>
  z
    .int()
    .min(0)
    .max(count - 1);
export const share = z.number().min(0).max(1);

/** ISO 8601 within the range of `Date`: a Kafka timestamp may be in the year 33658. */
export const time = z
  .string()
  .max(40)
  .refine((text) => !Number.isNaN(Date.parse(text)), 'Invalid time');

/** Where a message came from. */
export const predictionSource = z.object({
  broker: z.string().min(1),
  topic: z.string(),
  partition: z.int().min(0).nullable(),
  offset: z.string().nullable(),
  key: z.string().nullable(),
  timestamp: time,
});

/** Members of later versions are removed. */
const common = z.object({
  id: z.string().min(1),
  label: classBelow(MOST_CLASSES),
  className: z.string(),
  confidence: share,
  truth: classBelow(MOST_CLASSES).exactOptional(),
  correct: z.boolean().exactOptional(),
  model: z.object({
    name: z.string(),
    version: z.int(),
    sha256: z.string(),
    runtime: z.enum([...RUNTIME_NAMES, 'function']),
    precision: z.enum(PRECISIONS),
  }),
  source: predictionSource,
  // The publisher may leave it out, and the scores of version 1.
  timing: z
    .object({
      queueMs: z.number(),
      inferenceMs: z.number(),
      totalMs: z.number(),
      batchSize: z.int().min(1),
    })
    .default({ queueMs: 0, inferenceMs: 0, totalMs: 0, batchSize: 1 }),
  predictedAt: time,
});

/** Also of other classes: earlier programs published every model's predictions as version 1. */
const versionOne = common.extend({
  schemaVersion: z.literal(1),
  probabilities: z.array(share).max(MOST_CLASSES).exactOptional(),
});

const ranked = z.object({ label: classBelow(MOST_CLASSES), className: z.string(), confidence: share });

/** Boxes of any program that publishes predictions; drawn on the page, so bounded. */
const MOST_OBJECTS = 1_000;
const coordinate = z.number().min(-1e6).max(1e6);
const box = z.tuple([coordinate, coordinate, coordinate.min(0), coordinate.min(0)]);
const foundObject = ranked.extend({ box });
const frame = z.object({ width: z.int().min(0), height: z.int().min(0), view: box });

const versionTwo = common.extend({
  schemaVersion: z.literal(2),
  independent: z.literal(true).exactOptional(),
  probabilities: z.array(share).max(MOST_CLASSES).exactOptional(),
  top: z.array(ranked).min(1).max(MOST_CLASSES).exactOptional(),
  objects: z.array(foundObject).max(MOST_OBJECTS).exactOptional(),
  frame: frame.exactOptional(),
});

/** `schema/prediction.v1.json` and `schema/prediction.v2.json` for reading, with any classes. */
export const predictionSchema: z.ZodType<Prediction> = z.discriminatedUnion('schemaVersion', [
  versionOne,
  versionTwo,
]);
