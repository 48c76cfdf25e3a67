import { z } from 'zod';
import { QUEUE_REASONS, type ImageLabel, type PredictedClass, type StoredLabel } from '../../core/label';
import { RETRAINING_PHASES, type RetrainingState } from '../../core/retraining';
import { OPERATOR_CHANNELS } from '../../core/steering';
import { component } from '../openapi/json-schema';
import { className, count, label, next, share, text, time, type Wire } from './answer-fields';
import { source } from './predictions';
import { labelField, objectMessage, once, whole } from './request-fields';
import { auditEntry, operator } from './steering';

const predicted = component(
  'PredictedClass',
  z.object({
    label,
    className,
    confidence: share,
    model: z.object({ name: text, version: z.int() }),
  }) satisfies z.ZodType<PredictedClass>,
);

const labelledImage = z.object({
  width: z.int().min(1),
  height: z.int().min(1),
  channels: z.union([z.literal(1), z.literal(3)]),
  pixels: z.base64().describe('Rows of bytes, channels interleaved.'),
}) satisfies z.ZodType<ImageLabel['image']>;

export const imageLabel = component(
  'ImageLabel',
  z.object({
    seq: count.describe('Position among the labels.'),
    schemaVersion: z.literal(1),
    id: text.describe('Id of the prediction.'),
    label,
    className,
    predicted,
    source,
    image: labelledImage,
    by: text.describe('Name that the request gave.'),
    via: z.enum(OPERATOR_CHANNELS),
    at: time,
  }) satisfies z.ZodType<StoredLabel>,
);
export type LabelAnswer = Wire<typeof imageLabel>;

const queued = z.object({
  id: text.describe('Id of the prediction.'),
  reason: z.enum(QUEUE_REASONS),
  predicted,
  other: predicted.exactOptional().describe('What the shadow said, of a disagreement.'),
});

export const labelQueueAnswer = z.object({
  images: z.array(queued).describe('Most useful first.'),
  classes: z.array(text).describe('Names of the classes, by label.'),
  labels: count.describe('Labels given so far.'),
  off: text.nullable().describe('Why no image can be labelled here; null if one can.'),
});
export type LabelQueueAnswer = Wire<typeof labelQueueAnswer>;

export const labelQueueQuery = z.strictObject({
  kind: z.enum(['all', ...QUEUE_REASONS], { error: 'must be all, uncertain or disagreement' }).default('all'),
  limit: whole(1, 100).default(20),
});

export const labelsAnswer = z.object({
  labels: z.array(imageLabel).describe('Newest first.'),
  next,
  byClass: z
    .array(z.object({ label, images: count }))
    .describe('Numbers of labels of each class that has any.'),
});
export type LabelsAnswer = Wire<typeof labelsAnswer>;

export const labelsQuery = z.strictObject({
  before: whole(1, Number.MAX_SAFE_INTEGER).optional(),
  limit: whole(1, 500).default(50),
});

export const labelExportQuery = z.strictObject({
  format: z.enum(['ndjson', 'csv'], { error: 'must be ndjson or csv' }).default('ndjson'),
});

const id = once(2_000).describe('Id of the prediction.');

export const giveLabelBody = z.strictObject({ ...operator, id, label: labelField }, { error: objectMessage });

export const withdrawLabelBody = z.strictObject({ ...operator, id }, { error: objectMessage });

export const labelLogAnswer = z.object({ entries: z.array(auditEntry).describe('Newest first.'), next });
export type LabelLogAnswer = Wire<typeof labelLogAnswer>;

const score = z.object({
  test: share.describe('Accuracy on the test images without a label.'),
  heldOut: share.describe('Accuracy on labelled images that were held out of the training.'),
});

export const retrainingAnswer = component(
  'Retraining',
  z.object({
    off: text.nullable().describe('Why no training can be started here; null if one can.'),
    job: z
      .object({
        phase: z.enum(RETRAINING_PHASES),
        by: text,
        startedAt: time,
        endedAt: time.nullable(),
        labels: count,
        base: z.int().describe('Version that it started from.'),
        version: z.int().describe('Version that it writes.'),
        epoch: count.describe('Completed epochs.'),
        epochs: count.describe('0 until it is known.'),
        comparison: z
          .object({ testImages: count, heldOutImages: count, base: score, candidate: score })
          .nullable(),
        message: text.describe('What happened; empty during the training.'),
      })
      .nullable()
      .describe('The present or last training; null without one.'),
  }) satisfies z.ZodType<RetrainingState>,
);
export type RetrainingAnswer = Wire<typeof retrainingAnswer>;

export const retrainBody = z.strictObject(operator, { error: objectMessage });
