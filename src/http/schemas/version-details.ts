import { z } from 'zod';
import type { VersionDetails } from '../../core/model-version';
import { component } from '../openapi/json-schema';
import { baseline } from './drift';
import { modelVersion } from './models';
import { epoch } from './quality';
import type { Wire } from './answer-fields';

export const versionDetails = component(
  'VersionDetails',
  z.object({
    version: modelVersion,
    training: z.array(epoch).describe('In order; empty if the training is unknown.'),
    baseline: baseline
      .nullable()
      .describe('Measured on images that the model was not trained on; null if the version has none.'),
  }) satisfies z.ZodType<VersionDetails>,
);
export type VersionDetailsAnswer = Wire<typeof versionDetails>;
