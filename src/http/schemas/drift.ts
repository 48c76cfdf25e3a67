import { z } from 'zod';
import type { ModelBaseline } from '../../core/baseline';
import { DRIFT_MEASURES, type DriftFinding } from '../../core/event';
import type { DriftView } from '../../quality/drift-monitor';
import { component } from '../openapi/json-schema';
import { model } from './models';
import { count, share, text, time, type Wire } from './answer-fields';

const measured = z.object({
  measure: z.enum(DRIFT_MEASURES),
  index: z.number().min(0).describe('Population stability index; 0 means identical distributions.'),
  limit: z.number().min(0).describe('Above it the difference is larger than chance explains.'),
});
const shares = z.array(share).describe('Share of each class.');
const spread = z.object({ mean: z.number(), deviation: z.number() });

export const driftFinding = z.object({
  ...measured.shape,
  samples: count,
  shares,
  expected: shares,
  measures: z.array(measured),
}) satisfies z.ZodType<DriftFinding>;

export const baseline = z.object({
  images: count,
  accuracy: share,
  classes: shares,
  confidence: z.object({ edges: z.array(share), shares: z.array(share) }),
  brightness: spread.describe('Mean pixel of an image, 0–255.'),
  contrast: spread.describe('Standard deviation of the pixels of an image.'),
  reliability: z.array(z.object({ images: count, confidence: share, accuracy: share })),
  calibration: z.object({
    temperature: z.number().describe('softmax(log p / temperature) calibrates the model.'),
    error: share,
    calibratedError: share,
    logLoss: z.number(),
    calibratedLogLoss: z.number(),
  }),
}) satisfies z.ZodType<ModelBaseline>;

export const driftAnswer = component(
  'Drift',
  z.object({
    model: model.nullable(),
    baseline: baseline
      .nullable()
      .describe('Measured on images that the model was not trained on; null if the model has none.'),
    silentRules: z
      .array(text)
      .exactOptional()
      .describe('Drift rules that cannot fire, because the model has no baseline.'),
    samples: count.describe('Predictions per block.'),
    above: z.number().describe('An index above this is serious drift.'),
    filling: count.describe('Predictions in the current, incomplete block.'),
    latest: driftFinding
      .extend({ at: time })
      .nullable()
      .describe('The latest full block, with the measure furthest above its limit.'),
    history: z
      .array(z.object({ at: time, measures: z.array(measured) }))
      .describe('At most 60 blocks, oldest first.'),
  }) satisfies z.ZodType<DriftView>,
);
export type DriftAnswer = Wire<typeof driftAnswer>;
