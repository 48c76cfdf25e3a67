import { z } from 'zod';
import type { SeekMove } from '../../core/seek';
import {
  AUDITED_ACTIONS,
  OPERATOR_CHANNELS,
  STREAM_STATES,
  type AuditEntry,
  type SteeringState,
  type StreamPause,
} from '../../core/steering';
import { component } from '../openapi/json-schema';
import { objectMessage, whole } from './request-fields';
import { count, next, text, time, type Wire } from './answer-fields';

const MOST_RATE = 1_000_000;

const by = text.describe('Name that the request gave.');
const via = z.enum(OPERATOR_CHANNELS).describe('Where the request came from.');
const reason = text.describe('Empty if none was given.');

export const streamPause = component(
  'StreamPause',
  z.object({ by, via, reason, since: time }) satisfies z.ZodType<StreamPause>,
);

export const steeringAnswer = component(
  'Steering',
  z.object({
    state: z.enum(STREAM_STATES),
    paused: streamPause.nullable().describe('null while the stream runs.'),
    rate: z.number().nullable().describe('Largest number of images taken per second; null without a limit.'),
    inFlight: count.describe('Messages taken and not yet acknowledged.'),
    seeking: z.boolean().describe('The position is being moved; nothing is taken meanwhile.'),
    workers: z
      .object({
        now: count,
        most: count,
        mode: z.enum(['auto', 'fixed']).describe('auto: the number follows the utilization.'),
      })
      .nullable()
      .describe('Worker threads; null where their number cannot be changed.'),
  }) satisfies z.ZodType<SteeringState>,
);
export type SteeringAnswer = Wire<typeof steeringAnswer>;

const move = z.object({
  topic: text,
  partition: count.nullable().describe('null where the broker has none.'),
  from: count.nullable().describe('null if unknown.'),
  to: count.nullable(),
}) satisfies z.ZodType<SeekMove>;

export const seekAnswer = z.object({
  ...steeringAnswer.shape,
  moves: z.array(move).describe('Partitions of this process, or the subscription.'),
});
export type SeekAnswer = Wire<typeof seekAnswer>;

export const auditEntry = component(
  'SteeringEntry',
  z.object({
    number: z.int().min(1),
    at: time,
    action: z.enum(AUDITED_ACTIONS),
    by,
    via,
    address: text.nullable().describe('Network address of the client.'),
    reason,
    detail: text.describe('Requested value; empty for actions without one.'),
    outcome: z
      .enum(['pending', 'done', 'failed'])
      .describe('pending: in progress, or the process died during it.'),
    result: text.describe('Effect, or the error; empty while pending.'),
  }) satisfies z.ZodType<AuditEntry>,
);

export const steeringLogAnswer = z.object({ entries: z.array(auditEntry).describe('Newest first.'), next });
export type SteeringLogAnswer = Wire<typeof steeringLogAnswer>;

export const steeringLogQuery = z.strictObject({
  before: whole(1, Number.MAX_SAFE_INTEGER).optional(),
  limit: whole(1, 500).default(50),
});

/** Text without control characters, which could forge lines of a log. */
export function plainText(most: number) {
  return (
    z
      .string({ error: 'must be a text' })
      .trim()
      .max(most, `must have at most ${most} characters`)
      // eslint-disable-next-line no-control-regex -- tools that read the schema know no class of control characters
      .regex(/^[^\u0000-\u001f\u007f-\u009f]*$/, 'must not contain control characters')
  );
}

export const operator = {
  by: plainText(100)
    .min(1, 'must name the person or the job that asks')
    .describe('Who asks, for the audit log.'),
  reason: plainText(500).default('').describe('Why, for the audit log and the page.'),
};

export const steeringBody = z.strictObject(operator, { error: objectMessage });

const RATE = `must be a number above 0 and up to ${MOST_RATE}, or null for no limit`;
export const rateBody = z.strictObject(
  {
    ...operator,
    rate: z
      .number({ error: RATE })
      .gt(0, RATE)
      .max(MOST_RATE, RATE)
      .nullable()
      .describe('Images per second; null for no limit.'),
  },
  { error: objectMessage },
);

const MOST_WORKERS = 256;
const WORKERS = `must be a whole number from 1 to ${MOST_WORKERS}, or auto`;
export const workersBody = z.strictObject(
  {
    ...operator,
    workers: z
      .union([z.literal('auto'), z.int().min(1).max(MOST_WORKERS)], { error: WORKERS })
      .describe('Number of worker threads, or auto: it follows the utilization.'),
  },
  { error: objectMessage },
);

export const seekBody = z.strictObject(
  {
    ...operator,
    to: plainText(2_000)
      .min(1, 'must be a position')
      .describe(
        'A time (2026-11-20T10:00:00Z), an age (2h), earliest or latest; on Kafka an offset (1041) or offsets by partition ' +
          '(0:1041,2:300); on Pub/Sub snapshot:<name>.',
      ),
  },
  { error: objectMessage },
);
