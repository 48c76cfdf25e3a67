import { z } from 'zod';
import type { RolloutState } from '../../core/model-version';
import { ROLLOUT_MODES } from '../../core/rollout';
import { component } from '../openapi/json-schema';
import { model } from './models';
import { source } from './predictions';
import { confidenceBin } from './quality';
import { count, label, share, text, time, type Wire } from './answer-fields';

const CANARY_PERCENT = 5;
const PERCENT = 'must be a number above 0 and up to 100';

const version = z
  .int({ error: 'must be a version number' })
  .min(1, 'must be a version number')
  .optional()
  .describe('Default: the newest version.');

export const startRolloutBody = z.discriminatedUnion(
  'mode',
  [
    z.strictObject({
      mode: z.literal('canary'),
      version,
      percent: z
        .number({ error: PERCENT })
        .gt(0, PERCENT)
        .max(100, PERCENT)
        .default(CANARY_PERCENT)
        .describe('Share of the keys that the canary gets, in percent.'),
    }),
    z.strictObject({
      mode: z.literal('shadow'),
      version,
      percent: z.never({ error: 'is for a canary only; a shadow gets a copy of all messages' }).optional(),
    }),
  ],
  { error: ({ code }) => (code === 'invalid_union' ? `must be ${ROLLOUT_MODES.join(' or ')}` : undefined) },
);

const comparedCounts = z.object({
  images: count,
  judged: count.describe('Labelled images.'),
  correct: count,
  meanConfidence: share.nullable(),
});

const comparedSide = comparedCounts.extend({
  version: count,
  confidence: z.array(confidenceBin).describe('Equal bins of confidence, lowest first.'),
  byClass: z.array(count).describe('Images by predicted class.'),
});

const opinion = z.object({ model, label, className: text, confidence: share });

export const rolloutState = component(
  'Rollout',
  z.object({
    mode: z.enum(ROLLOUT_MODES),
    version: count,
    share: share.describe('Share of the keys.'),
    since: time,
    serving: comparedSide,
    beside: comparedSide,
    disagreed: count.describe('Images that the shadow classified differently.'),
    skipped: count.describe('Images that the shadow skipped because it was behind.'),
    failedBatches: count,
    latest: z.array(
      z.object({
        schemaVersion: z.literal(1),
        id: text,
        source,
        truth: label.exactOptional(),
        serving: opinion,
        shadow: opinion,
        at: time,
      }),
    ),
    history: z
      .array(
        z.object({
          from: time,
          to: time,
          serving: comparedCounts,
          beside: comparedCounts,
          disagreed: count,
        }),
      )
      .describe(
        'The comparison over time: at most 60 slices, oldest first. Slices without images are left out.',
      ),
  }) satisfies z.ZodType<RolloutState>,
);

export const rolloutAnswer = z.object({
  rollout: rolloutState.nullable().describe('null while no candidate is on the stream.'),
});
export type RolloutAnswer = Wire<typeof rolloutAnswer>;
