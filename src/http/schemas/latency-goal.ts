import { z } from 'zod';
import { GOAL_STATES, type LatencyGoalState } from '../../core/latency-goal-state';
import { component } from '../openapi/json-schema';
import { count, ms, perSecond, share, text } from './answer-fields';

const atP99 = ms.describe('ms, 99th percentile.');

const costs = z.object({
  perImageMs: ms.describe('A batch of n takes perImageMs · n + fixedMs.'),
  fixedMs: ms.nullable(),
  queueMs: atP99,
  inferenceMs: atP99,
  publishMs: atP99,
  ageOnArrivalMs: ms.describe('Time in the broker, 99th percentile; not part of the goal.'),
  arrivalRate: perSecond.nullable(),
  capacity: perSecond.describe('Images per second in batches of this size, with all workers.'),
  capacityWithoutGoal: perSecond.nullable(),
  throughputLoss: share.nullable().describe('Share of the throughput that the goal costs at full load.'),
});

export const latencyGoal = component(
  'LatencyGoal',
  z.object({
    targetMs: ms,
    p99Ms: ms
      .nullable()
      .describe('From arrival in this process to confirmation, over the last seconds; null if unknown.'),
    met: z.boolean().nullable(),
    state: z.enum(GOAL_STATES),
    batch: count.describe('Largest batch.'),
    workers: count.describe('Workers in use.'),
    ahead: count.describe('Most messages in flight.'),
    costs: costs.nullable().describe('null while measuring.'),
    reason: text.describe('Cost of the goal, or why it cannot be met.'),
  }) satisfies z.ZodType<LatencyGoalState>,
);
