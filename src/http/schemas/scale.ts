import { z } from 'zod';
import { DEFAULT_PLAN, type Load, type ScaleHint } from '../../core/scale';
import { component } from '../openapi/json-schema';
import { between, whole } from './request-fields';
import { count, ms, perSecond, text, type Wire } from './answer-fields';

export const scaleQuery = z.strictObject({
  current: whole(1, 10_000).default(DEFAULT_PLAN.replicas).describe('Number of running processes.'),
  catchUpSeconds: between(1, 86_400)
    .default(DEFAULT_PLAN.catchUpSeconds)
    .describe('Time to work off the backlog, s.'),
  utilization: between(0.05, 1)
    .default(DEFAULT_PLAN.utilization)
    .describe('Target share of the capacity of a process.'),
});

const load = z.object({
  arrivalRate: perSecond.nullable(),
  outcomeRate: perSecond,
  lag: count.nullable(),
  capacity: perSecond.nullable().describe('Images per second at full load.'),
  utilization: z.number().min(0).max(1),
  partitions: count.nullable(),
  blocked: text.nullable().describe('Why more processes would not help; null if they would.'),
}) satisfies z.ZodType<Load>;

const hint = z.object({
  replicas: count.describe('Total number of processes required.'),
  load: ms.nullable().describe("Processes required for this process's share; null if unknown."),
  reason: text,
}) satisfies z.ZodType<ScaleHint>;

export const scaleAnswer = component(
  'ScaleHint',
  hint.extend({
    current: count.describe('`current` of the request.'),
    basis: load.describe('Measurements behind the hint.'),
  }),
);
export type ScaleAnswer = Wire<typeof scaleAnswer>;
