import { z } from 'zod';
import { CLASS_COUNT, CLASS_NAMES } from '../../core/labels';
import { DRIFT_MEASURES } from '../../core/event';
import { GOAL_STATES } from '../../core/latency-goal-state';
import { BROKER_KINDS } from '../../core/message';
import { VERSION_STATES } from '../../core/model-version';
import { PRECISIONS } from '../../core/precision';
import { ROLLOUT_MODES } from '../../core/rollout';
import { RUNTIME_NAMES } from '../../core/runtime-name';
import { RULE_KINDS, SEVERITIES } from '../../core/rule';
import { component } from './json-schema';

// What several routes answer. Only described here, not validated: the types are those of ../wire.

const text = z.string();
const count = z.int().min(0);
const ms = z.number().min(0);
const label = z
  .int()
  .min(0)
  .max(CLASS_COUNT - 1);
const time = z.iso.datetime();

export const model = component(
  'Model',
  z.object({
    name: text,
    version: count,
    sha256: text.describe('Of the weights.'),
    runtime: z.enum([...RUNTIME_NAMES, 'function']),
    precision: z.enum(PRECISIONS),
  }),
);

export const modelVersion = component(
  'ModelVersion',
  z.object({
    name: text,
    version: count,
    state: z.enum(VERSION_STATES),
    reason: text.nullable().describe('Why it was not taken, or was taken back.'),
    accuracy: z.number().min(0).max(1).nullable().describe('What its manifest says.'),
    created: time.nullable(),
    sha256: text.nullable().describe('Of the weights.'),
    score: z
      .object({
        accuracy: z
          .number()
          .min(0)
          .max(1)
          .nullable()
          .describe('Share of the held-out images labelled right.'),
        batchMs: ms.describe('Shortest time for a batch.'),
        batchSize: count,
      })
      .nullable()
      .describe('What was measured here before it was taken or refused.'),
  }),
);

const comparedSide = z.object({
  version: count,
  images: count,
  judged: count.describe('Images whose message told the truth.'),
  correct: count,
  meanConfidence: z.number().min(0).max(1).nullable(),
  byClass: z.array(count).describe('Images by label.'),
});
const opinion = z.object({ model, label, className: text, confidence: z.number().min(0).max(1) });
const source = z.object({
  broker: z.enum([...BROKER_KINDS, 'http']),
  topic: text,
  partition: count.nullable(),
  offset: text.nullable(),
  key: text.nullable(),
  timestamp: time,
});

export const rolloutState = component(
  'Rollout',
  z.object({
    mode: z.enum(ROLLOUT_MODES),
    version: count,
    share: z.number().min(0).max(1).describe('Of the keys.'),
    since: time,
    serving: comparedSide,
    beside: comparedSide,
    disagreed: count.describe('Images that the shadow labelled in another way.'),
    skipped: count.describe('Images that the shadow did not see because it was behind.'),
    failedBatches: count,
    latest: z.array(
      z.object({
        schemaVersion: z.literal(1),
        id: text,
        source,
        truth: label.optional(),
        serving: opinion,
        shadow: opinion,
        at: time,
      }),
    ),
  }),
);

const predictionFields = {
  schemaVersion: z.literal(1),
  id: text.describe('The same input always has the same id.'),
  label,
  className: z.enum(CLASS_NAMES),
  confidence: z.number().min(0).max(1),
  probabilities: z.array(z.number().min(0).max(1)).length(CLASS_COUNT),
  truth: label.optional(),
  correct: z.boolean().optional(),
  model,
  source,
  timing: z.object({ queueMs: ms, inferenceMs: ms, totalMs: ms, batchSize: count }),
  predictedAt: time,
};

export const prediction = component('Prediction', z.object(predictionFields));

/** With the number that pages are counted by. */
export const storedPrediction = component('StoredPrediction', z.object({ seq: count, ...predictionFields }));

export const classified = component(
  'Classified',
  z.object({
    ...predictionFields,
    pixels: text.optional().describe('base64 of the 784 bytes that the model saw; with pixels=true.'),
  }),
);

const partitionLagFields = { topic: text, partition: count.nullable(), messages: count };
const partitionLag = component('PartitionLag', z.looseObject(partitionLagFields));

const age = z.number().min(0).nullable().describe('Age of the oldest unread message; null if not known.');

export const lag = component(
  'Lag',
  z.looseObject({
    messages: count.nullable(),
    seconds: age,
    partitions: z.array(z.looseObject({ ...partitionLagFields, seconds: age })),
  }),
);

const perSecond = z.number();

export const scale = component(
  'ScaleHint',
  z.looseObject({
    replicas: count.describe('Processes wanted in all.'),
    load: ms.nullable().describe('Processes wanted for the share of this one; null if not known.'),
    reason: text,
    current: count,
    basis: z.looseObject({
      arrivalRate: perSecond.nullable(),
      outcomeRate: perSecond,
      lag: count.nullable(),
      capacity: perSecond.nullable().describe('Images a second at full load.'),
      utilization: z.number().min(0).max(1),
      partitions: count.nullable(),
      blocked: text.nullable(),
    }),
  }),
);

const share = z.number().min(0).max(1);

export const confusion = component(
  'Confusion',
  z.looseObject({
    classes: z.array(z.enum(CLASS_NAMES)),
    matrix: z.array(z.array(count)).describe('Rows are truths, columns are labels.'),
    judged: count.describe('Predictions with a known truth.'),
    correct: count,
    perClass: z.array(
      z.looseObject({
        label,
        className: z.enum(CLASS_NAMES),
        support: count,
        precision: share.nullable(),
        recall: share.nullable(),
        f1: share.nullable(),
      }),
    ),
    confidence: z
      .array(
        z.looseObject({
          from: share,
          to: share,
          count,
          judged: count,
          correct: count,
          meanConfidence: share,
        }),
      )
      .describe('Equal bins of confidence, lowest first.'),
  }),
);

const measured = z.looseObject({
  measure: z.enum(DRIFT_MEASURES),
  index: z.number().min(0).describe('Population stability index; 0 is no difference.'),
  limit: z.number().min(0).describe('Above it the difference is more than slight and more than chance.'),
});
const shares = z.array(share).describe('Share of each class.');
const spread = z.looseObject({ mean: z.number(), deviation: z.number() });

export const drift = component(
  'Drift',
  z.looseObject({
    model: model.nullable(),
    baseline: z
      .looseObject({
        images: count,
        accuracy: share,
        classes: shares,
        confidence: z.looseObject({ edges: z.array(share), shares: z.array(share) }),
        brightness: spread.describe('Of the mean pixel of an image, 0–255.'),
        contrast: spread.describe('Of the standard deviation of the pixels of an image.'),
        reliability: z.array(z.looseObject({ images: count, confidence: share, accuracy: share })),
        calibration: z.looseObject({
          temperature: z.number().describe('softmax(log p / temperature) would calibrate the model.'),
          error: share,
          calibratedError: share,
          logLoss: z.number(),
          calibratedLogLoss: z.number(),
        }),
      })
      .nullable()
      .describe('Of the model, measured on images that it did not learn from; null if it has none.'),
    samples: count.describe('Predictions in a block.'),
    above: z.number().describe('An index above it is serious.'),
    filling: count.describe('Predictions in the block that is not full yet.'),
    latest: z
      .looseObject({
        at: time,
        ...measured.shape,
        samples: count,
        shares,
        expected: shares,
        measures: z.array(measured),
      })
      .nullable()
      .describe('The latest full block; its own measure is the one furthest above its limit.'),
    history: z
      .array(z.looseObject({ at: time, measures: z.array(measured) }))
      .describe('At most 60 blocks, oldest first.'),
  }),
);

export const training = component(
  'Training',
  z.looseObject({
    model: model.nullable(),
    epochs: z
      .array(
        z.looseObject({
          epoch: count,
          loss: z.number().min(0),
          accuracy: share,
          validationLoss: z.number().min(0).describe('On images held out of the training.'),
          validationAccuracy: share,
        }),
      )
      .describe('In order; empty where the training is not known.'),
  }),
);

export const history = component(
  'History',
  z.looseObject({
    minutes: z
      .array(
        z.looseObject({ at: time, predictions: count, judged: count, correct: count, deadLetters: count }),
      )
      .describe('Oldest first, without gaps.'),
  }),
);

export const settings = component(
  'Settings',
  z.looseObject({
    settings: z.array(
      z.looseObject({
        path: text.describe('Dotted, as in the configuration file.'),
        value: text.describe('(masked) for a secret.'),
        source: z.enum(['default', 'file', 'environment', 'flag']),
      }),
    ),
  }),
);

const status = z.looseObject({
  state: z.enum(['connecting', 'up', 'down', 'closed']),
  reason: text.optional(),
});

export const health = component(
  'Health',
  z.looseObject({ ready: z.boolean(), reasons: z.array(text), source: status, sink: status }),
);

const atP99 = ms.describe('ms, at the 99th percentile.');

export const latencyGoal = component(
  'LatencyGoal',
  z.looseObject({
    targetMs: ms,
    p99Ms: ms
      .nullable()
      .describe('From arrival in this process to confirmation, over the latest seconds; null if not known.'),
    met: z.boolean().nullable(),
    state: z.enum(GOAL_STATES),
    batch: count.describe('Most images in a batch.'),
    workers: count.describe('Workers in use.'),
    ahead: count.describe('Most messages in flight.'),
    costs: z
      .looseObject({
        perImageMs: ms.describe('A batch of n takes perImageMs · n + fixedMs.'),
        fixedMs: ms.nullable(),
        queueMs: atP99,
        inferenceMs: atP99,
        publishMs: atP99,
        ageOnArrivalMs: ms.describe('Time in the broker at the 99th percentile; not part of the goal.'),
        arrivalRate: perSecond.nullable(),
        capacity: perSecond.describe('Images a second in such batches, with all workers.'),
        capacityWithoutGoal: perSecond.nullable(),
        throughputLoss: share
          .nullable()
          .describe('Share of the throughput that the goal takes at full load.'),
      })
      .nullable()
      .describe('null while measuring.'),
    reason: text.describe('What the goal costs, or why it cannot be met.'),
  }),
);

export const stats = component(
  'Stats',
  z
    .looseObject({
      predictions: count,
      deadLetters: count,
      classes: z.record(text, count).describe('Count of predictions by class name.'),
      judged: count.describe('Predictions with a known truth.'),
      correct: count,
      rate: z.looseObject({ last1s: ms, last60s: ms }).describe('Predictions a second.'),
      latency: z.record(text, z.looseObject({ p50: ms, p95: ms, p99: ms })).describe('ms, by stage.'),
      uptimeSeconds: ms,
      at: z.number().describe('ms since 1970.'),
      health,
      model: model.nullable(),
      lag: z.array(partitionLag),
      confusion: z.array(z.array(count)),
      latencyGoal: latencyGoal.optional().describe('Only with inference.targetP99.'),
    })
    .describe('Everything since the process started.'),
);

export const publishJob = component(
  'PublishJob',
  z.looseObject({
    id: text,
    state: z.enum(['running', 'done', 'cancelled', 'failed']),
    published: count,
    total: count.nullable().describe('null while looping for ever.'),
    error: text.optional(),
    startedAt: time,
  }),
);

const deadLetterFields = {
  seq: count,
  id: text.describe('Source id of the message.'),
  code: text,
  message: text,
  stage: text,
  attempts: count,
  failedAt: text,
  redriveCount: count,
  complete: z.boolean(),
  key: text.nullable(),
  redrivenAt: text.nullable(),
};

export const deadLetter = component('DeadLetter', z.looseObject(deadLetterFields));

export const deadLetterDetail = component(
  'DeadLetterDetail',
  z.looseObject({
    ...deadLetterFields,
    headers: z.array(z.array(text).length(2)),
    value: text.describe('base64; only the beginning if the letter is not complete.'),
  }),
);

/** An event, and the alert that it may be. */
export const noticedEvent = component(
  'Event',
  z.looseObject({
    seq: count,
    id: text,
    rule: text,
    kind: z.enum(RULE_KINDS),
    severity: z.enum(SEVERITIES),
    description: text,
    at: time,
    count: count.describe('Matches that it was made of.'),
    matches: count.describe('With those that came while its cause went on.'),
    lastAt: time,
    alert: z.int().min(1).nullable().describe('Its number, if it is an alert.'),
    acknowledged: z.object({ at: time, by: text, note: text }).nullable(),
    images: z.object({ image: z.boolean(), enlarged: z.boolean(), occlusion: z.boolean() }),
  }),
);

export const rule = component(
  'Rule',
  z.object({ name: text, kind: z.enum(RULE_KINDS), severity: z.enum(SEVERITIES), alert: z.boolean() }),
);
