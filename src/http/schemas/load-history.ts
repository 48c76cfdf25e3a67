import { z } from 'zod';
import { LOAD_WINDOWS, type LoadPoint } from '../../core/load-history';
import { component } from '../openapi/json-schema';
import { ms, type Wire } from './answer-fields';

export const loadHistoryQuery = z.strictObject({
  window: z
    .enum(LOAD_WINDOWS, { error: `must be ${LOAD_WINDOWS.join(', ')}` })
    .default('5m')
    .describe('Steps of 1 s, 10 s and 1 min.'),
});

const point = z.object({
  at: z.number().describe('End of the step, ms since 1970.'),
  in: z.number().min(0).describe('Arriving messages per second.'),
  out: z.number().min(0).describe('Settled messages per second.'),
  p50: ms.describe('Arrival to broker confirmation, ms, over about a minute; the highest in the step.'),
  p99: ms,
}) satisfies z.ZodType<LoadPoint>;

export const loadHistoryAnswer = component(
  'LoadHistory',
  z.object({ points: z.array(point).describe('Oldest first; at most 1,440.') }),
);
export type LoadHistoryAnswer = Wire<typeof loadHistoryAnswer>;
