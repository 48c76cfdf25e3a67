import { z } from 'zod';
import { FILE_FORMATS } from '../../core/image';
import type { Prediction } from '../../core/prediction';
import type { PredictionTotal } from '../../results/view';
import { component, onTheWire } from '../openapi/json-schema';
import { model } from './models';
import { between, flag, instant, labelField, once, whole } from './request-fields';
import { className, count, label, ms, next, text, time, type Wire } from './answer-fields';

export const source = z.object({
  broker: text.describe('memory, kafka, pubsub, or http for an image sent to /api/v1/classify.'),
  topic: text,
  partition: count.nullable(),
  offset: text.nullable(),
  key: text.nullable(),
  timestamp: time,
});

const box = z
  .tuple([z.number(), z.number(), z.number(), z.number()])
  .describe('Left, top, width and height, in pixels of the upright image as it was sent.');

const predictionFields = {
  schemaVersion: z
    .union([z.literal(1), z.literal(2)])
    .describe("1: Fashion-MNIST's classes. 2: the classes of another model."),
  id: text.describe('The same input always has the same id.'),
  label,
  className,
  confidence: z.number().describe('Score of the label, 0 to 1.'),
  independent: z
    .literal(true)
    .exactOptional()
    .describe('The scores do not add up to 1: several labels may be true at once.'),
  probabilities: z
    .array(z.number())
    .exactOptional()
    .describe('Scores by label, 0 to 1; absent with top and objects.'),
  top: z
    .array(z.object({ label, className, confidence: z.number() }))
    .exactOptional()
    .describe('The best classes of a model with many, best first.'),
  objects: z
    .array(z.object({ label, className, confidence: z.number(), box }))
    .exactOptional()
    .describe('The objects in the image, best first, of a model that finds objects.'),
  frame: z
    .object({ width: count, height: count, view: box.describe("The model's input in the same pixels.") })
    .exactOptional()
    .describe('The upright image that the boxes refer to; present with objects.'),
  truth: label.exactOptional().describe('The label that the message carried.'),
  correct: z.boolean().exactOptional(),
  model,
  source,
  timing: z.object({ queueMs: ms, inferenceMs: ms, totalMs: ms, batchSize: count }),
  predictedAt: time,
};

export const prediction = component('Prediction', z.object(predictionFields) satisfies z.ZodType<Prediction>);

const original = z
  .object({ format: z.enum(FILE_FORMATS), width: count, height: count })
  .exactOptional()
  .describe('The image file of the message, upright; absent for raw pixels.');

export const storedPrediction = component(
  'StoredPrediction',
  z.object({ seq: count.describe('Position in the results store.'), ...predictionFields, original }),
);

const total = z.object({
  predictions: count,
  judged: count.describe('Labelled predictions.'),
  correct: count,
  complete: z.boolean().describe('False if only the newest candidates were counted, so that more may match.'),
}) satisfies z.ZodType<PredictionTotal>;

export const predictionsAnswer = z.object({
  predictions: z.array(storedPrediction),
  next,
  total: total.exactOptional().describe('Counts of all matches, whatever the page; with total=true.'),
});
export type PredictionsAnswer = Wire<typeof predictionsAnswer>;
export type StoredAnswer = Wire<typeof storedPrediction>;

export const classified = component(
  'Classified',
  z.object({
    ...predictionFields,
    original,
    pixels: text
      .exactOptional()
      .describe(
        'base64 of the pixels that the model saw, height × width × channels bytes; with pixels=true.',
      ),
  }),
);

export type ClassifyAnswer = Wire<typeof classified>;

const conditions = {
  label: labelField.optional(),
  truth: labelField.optional(),
  wrong: flag.optional(),
  minConfidence: between(0, 1).optional(),
  maxConfidence: between(0, 1).optional(),
  id: once(1024).optional(),
  from: instant.optional().describe('Only predictions from this time on.'),
  to: instant.optional().describe('Only predictions before this time.'),
  topic: once(249).optional().describe('Topic of the message.'),
  partition: whole(0, 2 ** 31 - 1).optional(),
  key: once(1024).optional().describe('Key of the message.'),
  model: onTheWire(once(300).transform(toModel), { type: 'string' })
    .optional()
    .describe('name, or name@version.'),
};

function toModel(text: string): { name: string; version?: number } {
  const [, name = '', version] = /^(.+)@(\d{1,15})$/s.exec(text) ?? [];
  return version === undefined ? { name: text } : { name, version: Number(version) };
}

export const predictionsQuery = z.strictObject({
  ...conditions,
  order: z
    .enum(['newest', 'confidence'], { error: 'must be newest or confidence' })
    .default('newest')
    .describe('confidence: the most confident mistakes first, in one page; requires wrong=true.'),
  disagreed: flag.optional().describe('Only those among the latest disagreements of the shadow version.'),
  total: flag.optional().describe('Also counts the matches.'),
  before: whole(1, Number.MAX_SAFE_INTEGER).optional(),
  limit: whole(1, 500).default(50),
});

export const exportQuery = z.strictObject({
  ...conditions,
  format: z.enum(['ndjson', 'csv'], { error: 'must be ndjson or csv' }).default('ndjson'),
});

export const imageQuery = z.strictObject({ scale: whole(1, 16).default(1) });
