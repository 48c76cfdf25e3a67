import { z } from 'zod';
import type { ConnectionStatus, Outage } from '../../core/ports';
import type { StoreStatus } from '../../results/view';
import { component } from '../openapi/json-schema';
import { streamPause } from './steering';
import { model } from './models';
import { count, text, type Wire } from './answer-fields';

const status = z.object({
  state: z.enum(['connecting', 'up', 'down', 'closed']),
  reason: text.exactOptional().describe('Why the connection is not up.'),
}) satisfies z.ZodType<ConnectionStatus>;

const outage = z.object({
  since: z.number().describe('ms since 1970.'),
  reason: text,
}) satisfies z.ZodType<Outage>;

export const health = component(
  'Health',
  z.object({
    ready: z.boolean(),
    reasons: z.array(text).describe('Why the process is not ready; empty when it is.'),
    source: status,
    sink: status,
    paused: streamPause.exactOptional().describe('Set while an operator has paused the stream.'),
    models: z
      .array(z.object({ name: text, ready: z.boolean(), reasons: z.array(text) }))
      .exactOptional()
      .describe('Each model, in a process with several.'),
    outage: outage.exactOptional().describe('Only while the broker cannot be reached.'),
  }),
);
export type Health = Wire<typeof health>;

export const store = component(
  'ResultsStore',
  z.object({
    kind: z
      .enum(['sqlite', 'postgres', 'memory'])
      .describe('sqlite, postgres: results are kept across restarts; postgres: of several processes.'),
    path: text.nullable().describe('Path or URL of the database; null when the store is off.'),
    alarm: text.nullable().describe('Why an enabled store does not work; null when it does.'),
    queued: count.describe('Predictions waiting to be stored.'),
    shedImages: count.describe('Images that were not stored because the store was behind.'),
    shedRows: count.describe('Predictions that were not stored because the store was behind.'),
  }) satisfies z.ZodType<StoreStatus>,
);
export type StoreFrame = Wire<typeof store>;

export const readyAnswer = health.extend({ version: text, broker: text, model: model.nullable(), store });
