import { z } from 'zod';
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
