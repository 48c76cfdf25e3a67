import { z } from 'zod';
import type { EpochPoint } from '../../core/training-history';
import type * as results from '../../results/view';
import { component } from '../openapi/json-schema';
import { model } from './models';
import { whole } from './request-fields';
import { className, count, label, share, time, type Wire } from './answer-fields';

export const historyQuery = z.strictObject({ minutes: whole(1, 1440).default(60) });

const classQuality = z.object({
  label,
  className,
  support: count,
  precision: share.nullable(),
  recall: share.nullable(),
  f1: share.nullable(),
});
export type ClassQuality = Wire<typeof classQuality>;

export const confidenceBin = z.object({
  from: share,
  to: share,
  count,
  judged: count,
  correct: count,
  meanConfidence: share,
});
export type ConfidenceBin = Wire<typeof confidenceBin>;

export const confusionAnswer = component(
  'Confusion',
  z.object({
    classes: z.array(className),
    matrix: z
      .array(z.array(count))
      .describe('Row = actual, column = predicted; empty for more than 50 classes.'),
    pairs: z
      .array(z.object({ truth: label, label, count }))
      .describe('The most frequent confusions, at most 100.'),
    judged: count.describe('Labelled predictions.'),
    correct: count,
    perClass: z.array(classQuality),
    confidence: z.array(confidenceBin).describe('Equal bins of confidence, lowest first.'),
  }) satisfies z.ZodType<results.Confusion>,
);
export type ConfusionAnswer = Wire<typeof confusionAnswer>;

export const epoch = z.object({
  epoch: count,
  loss: z.number().min(0),
  accuracy: share,
  validationLoss: z.number().min(0).describe('On the held-out images.'),
  validationAccuracy: share,
}) satisfies z.ZodType<EpochPoint>;

export const trainingAnswer = component(
  'Training',
  z.object({
    model: model.nullable(),
    epochs: z.array(epoch).describe('In order; empty if the training is unknown.'),
  }),
);
export type TrainingAnswer = Wire<typeof trainingAnswer>;

const minute = z.object({
  at: time,
  predictions: count,
  judged: count,
  correct: count,
  deadLetters: count,
}) satisfies z.ZodType<results.Minute>;
export type Minute = Wire<typeof minute>;

export const historyAnswer = component(
  'History',
  z.object({ minutes: z.array(minute).describe('Oldest first, without gaps.') }),
);
export type HistoryAnswer = Wire<typeof historyAnswer>;
