import { z } from 'zod';
import { BROKER_KINDS } from '../../core/message';
import type { ResultCacheState } from '../../core/result-cache';
import type { BatchTargetState } from '../../pipeline/batch-target';
import type { Stats } from '../../results/view';
import { component } from '../openapi/json-schema';
import { health, store } from './health';
import { lagFrame } from './lag';
import { latencyGoal } from './latency-goal';
import { model } from './models';
import { steeringAnswer } from './steering';
import { count, ms, text, type Wire } from './answer-fields';

const batchTarget = z.object({
  size: z.number().min(1),
  reason: z.enum(['measuring', 'latency', 'throughput', 'goal', 'limit']),
  fit: z
    .object({ perImageMs: z.number(), fixedMs: z.number() })
    .nullable()
    .describe('A batch of n takes perImageMs · n + fixedMs; null while measuring.'),
}) satisfies z.ZodType<BatchTargetState>;
export type BatchTargetReason = Wire<typeof batchTarget>['reason'];

const activity = z.object({
  inFlight: count.describe('Messages taken and not yet acknowledged.'),
  inFlightBytes: count,
  queued: z.object({ stream: count, interactive: count }).describe('Images waiting for a worker.'),
  batchTarget: batchTarget.nullable().describe('Target size of a batch; null before the start.'),
  workers: count,
  workerUtilization: z.number().min(0).describe('Busy share of the workers in the last second.'),
  eventLoopDelayMs: ms.describe('99th percentile over the last seconds.'),
  rssBytes: count,
});
export type Activity = Wire<typeof activity>;

const quantiles = z.object({ p50: ms, p95: ms, p99: ms });

const counters = z.object({
  predictions: count.describe('Predictions since the process started.'),
  deadLetters: count,
  rejections: z.record(text, count).describe('Dead letters by error code.'),
  classes: z.record(text, count).describe('Predictions by class name.'),
  judged: count.describe('Labelled predictions.'),
  correct: count,
  rate: z.object({ last1s: ms, last60s: ms }).describe('Predictions per second.'),
  latency: z
    .object({ queue: quantiles, inference: quantiles, publish: quantiles, total: quantiles })
    .describe('ms, by stage; total is arrival to broker confirmation.'),
  meanBatchSize: z.number().min(0),
  uptimeSeconds: ms,
}) satisfies z.ZodType<Stats>;

const bottleneck = z
  .object({
    tone: z.enum(['good', 'idle', 'busy', 'bad']),
    headline: text,
    detail: text.describe('Sentences with the measurements behind it.'),
  })
  .describe('What limits the stream now.');
export type Bottleneck = Wire<typeof bottleneck>;

const cache = z
  .object({
    hits: count.describe('Images whose result was in memory, since the process started.'),
    misses: count,
    entries: count.describe('Images with a result in memory.'),
    bytes: count,
  })
  .describe('Results kept by the content of the images.') satisfies z.ZodType<ResultCacheState>;

/** Event `stats`, once a second. */
export const statsFrame = counters.extend({
  at: z.number().describe('ms since 1970.'),
  activity,
  health,
  store,
  bottleneck,
  cache: cache.exactOptional().describe('Only with cache.entries.'),
  latencyGoal: latencyGoal.exactOptional().describe('Only with inference.targetP99.'),
  steering: steeringAnswer.exactOptional().describe('Absent in a process without a stream.'),
});
export type StatsFrame = Wire<typeof statsFrame>;

/** Event `model`, on connecting and after each change. */
export const modelFrame = z.object({
  version: text.describe('Version of stream-infer.'),
  broker: z.enum(BROKER_KINDS),
  topics: z.object({ input: text, output: text, dlq: text }),
  model: model.nullable().describe('null until the model is warm.'),
  models: z
    .array(text)
    .exactOptional()
    .describe('Names of the models of the process, the default first; only with several.'),
});
export type ModelFrame = Wire<typeof modelFrame>;

export const statsAnswer = component(
  'Stats',
  statsFrame
    .extend({
      ...modelFrame.shape,
      lag: lagFrame,
      confusion: z.array(z.array(count)).describe('Confusion matrix: row = actual, column = predicted.'),
    })
    .describe('All counters since the process started.'),
);
export type StatsAnswer = Wire<typeof statsAnswer>;
