import { z } from 'zod';
import { component } from '../openapi/json-schema';
import { streamPause } from './steering';
import { count, text, type Wire } from './answer-fields';

const fields = { topic: text, partition: count.nullable(), messages: count };
const seconds = z.number().min(0).nullable().describe('Age of the oldest unread message; null if unknown.');

/** Event `lag`, once a second. */
export const lagFrame = z.array(
  component('PartitionLag', z.object({ ...fields, seconds: seconds.exactOptional() })),
);
export type LagFrame = Wire<typeof lagFrame>;

export const lagAnswer = component(
  'Lag',
  z.object({
    messages: count.nullable().describe('null if the broker does not report it.'),
    seconds: seconds.describe('Age of the oldest unread message of all partitions; null if unknown.'),
    partitions: z.array(z.object({ ...fields, seconds })),
    paused: streamPause
      .exactOptional()
      .describe('Set while an operator has paused the stream, so that the lag grows.'),
  }),
);
export type LagAnswer = Wire<typeof lagAnswer>;
