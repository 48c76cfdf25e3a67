import { z } from 'zod';
import { BROKER_KINDS } from '../../core/message';
import { component } from '../openapi/json-schema';
import { between, flag, objectMessage, split, whole } from './request-fields';
import { className, count, label, share, text, time, type Wire } from './answer-fields';

const MAX_INDEX = 1_000_000;

export const publishBody = z
  .strictObject(
    {
      split,
      start: whole(0, MAX_INDEX),
      end: whole(1, MAX_INDEX),
      rate: between(0.01, 1_000_000).optional(),
      loop: flag.default(false),
      shuffle: flag.default(false),
    },
    { error: objectMessage },
  )
  .refine(({ start, end }) => end > start, {
    path: ['end'],
    message: 'must be larger than start (end is not included)',
  });

/** Each field by itself; `pushToConsumerFields` also checks them together. */
export const pushToConsumerField = z.strictObject(
  {
    start_idx: whole(0, MAX_INDEX),
    end_idx: whole(1, MAX_INDEX),
    split,
    rate: between(0.01, 1_000_000).optional(),
    wait: flag.default(false),
  },
  { error: objectMessage },
);

export const pushToConsumerFields = pushToConsumerField.refine(
  ({ start_idx, end_idx }) => end_idx > start_idx,
  { path: ['end_idx'], message: 'must be larger than start_idx (end_idx is not included)' },
);

const publishRequest = z.object({
  broker: z.enum(BROKER_KINDS),
  split: z.enum(['test', 'train']),
  start: count,
  end: count.describe('Not included.'),
  rate: z.number().exactOptional().describe('Images per second; unlimited if absent.'),
  loop: z.boolean().exactOptional(),
  shuffle: z.boolean().exactOptional(),
});
export type PublishRequest = Wire<typeof publishRequest>;

export const publishJob = component(
  'PublishJob',
  z.object({
    id: text,
    request: publishRequest,
    state: z.enum(['running', 'done', 'cancelled', 'failed']),
    published: count,
    total: count.nullable().describe('null for a job that loops.'),
    error: text.exactOptional(),
    startedAt: time,
  }),
);
export type PublishJob = Wire<typeof publishJob>;

export const publishJobsAnswer = z.object({ jobs: z.array(publishJob) });
export type PublishJobsAnswer = Wire<typeof publishJobsAnswer>;

export const pushedJob = z.object({ job: publishJob });

export const pushedPredictions = z.object({
  count,
  predictions: z.array(
    z.object({
      id: text,
      index: count.describe('Index in the split.'),
      label,
      className,
      truth: label.optional(),
      correct: z.boolean().optional(),
      confidence: share,
    }),
  ),
});
export type PushedPredictions = Wire<typeof pushedPredictions>;
