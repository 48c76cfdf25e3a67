import { z } from 'zod';
import { INVERT_MODES } from '../../core/image';
import { MODEL_KINDS } from '../../core/model-description';
import { MODEL_CONTROLS, VERSION_STATES, type ModelVersion } from '../../core/model-version';
import { PRECISIONS } from '../../core/precision';
import type { ModelIdentity } from '../../core/prediction';
import { RUNTIME_NAMES } from '../../core/runtime-name';
import { component } from '../openapi/json-schema';
import { count, ms, share, text, time, type Wire } from './answer-fields';

export const model = component(
  'Model',
  z.object({
    name: text,
    version: count,
    sha256: text.describe('SHA-256 of the weights.'),
    runtime: z.enum([...RUNTIME_NAMES, 'function']),
    precision: z.enum(PRECISIONS),
  }) satisfies z.ZodType<ModelIdentity>,
);

export const modelVersion = component(
  'ModelVersion',
  z.object({
    name: text,
    version: count,
    state: z.enum(VERSION_STATES),
    reason: text.nullable().describe('Why the version was refused or rolled back.'),
    accuracy: share.nullable().describe('Accuracy from the manifest.'),
    created: time.nullable(),
    sha256: text.nullable().describe('SHA-256 of the weights.'),
    score: z
      .object({
        accuracy: share.nullable().describe('Accuracy on the held-out images.'),
        batchMs: ms.describe('Shortest measured time of a batch.'),
        batchSize: count,
      })
      .nullable()
      .describe('Measured here before the version was accepted or refused.'),
  }) satisfies z.ZodType<ModelVersion>,
);

export const modelsAnswer = z.object({ control: z.enum(MODEL_CONTROLS), versions: z.array(modelVersion) });
export type ModelsAnswer = Wire<typeof modelsAnswer>;

export const modelAnswer = component(
  'ActiveModel',
  z.object({
    model,
    kind: z.enum(MODEL_KINDS).describe('function: a function of the embedding program.'),
    width: count,
    height: count,
    channels: z.union([z.literal(1), z.literal(3)]).describe('1: grey. 3: red, green, blue.'),
    invert: z.enum(INVERT_MODES).describe('Whether pictures are inverted, unless inference.invert is set.'),
    labels: z.array(text).describe('Class names; the position is the label.'),
    predictionVersion: z
      .union([z.literal(1), z.literal(2)])
      .describe('Version of the schema of its predictions.'),
    top: count.nullable().describe('Classes in a prediction, best first; null: all of them.'),
    output: z
      .enum(['scores', 'boxes'])
      .describe('boxes: the model finds objects; the last label is of images without any.'),
    independent: z.boolean().describe('The scores do not add up to 1: several labels may be true at once.'),
  }),
);
export type ModelAnswer = Wire<typeof modelAnswer>;
