import { z } from 'zod';
import { BROKER_KINDS } from '../../core/message';
import { SEVERITIES } from '../../core/rule';
import { classified, model, stats } from './answers';
import { component, onTheWire, toJsonSchema } from './json-schema';

const text = z.string();

const modelFrame = z.looseObject({
  version: text,
  broker: z.enum(BROKER_KINDS),
  topics: z.looseObject({ input: text, output: text, dlq: text }),
  model: model.nullable(),
});

const statsFrame = stats.omit({ model: true, lag: true, confusion: true });

const predictionFrame = classified.extend({
  pixels: text.describe('base64 of the 784 bytes that the model saw.'),
  headers: z.array(z.array(text).length(2)).optional().describe('Of the message, long ones shortened.'),
});

const alertFrame = z.looseObject({
  number: z.int().min(0),
  rule: text,
  severity: z.enum(SEVERITIES),
  description: text,
  at: z.iso.datetime(),
});

/** One event of the live stream: a name, and JSON in its data. */
export const streamEvent = component(
  'StreamEvent',
  z.discriminatedUnion('event', [
    eventOf('model', modelFrame),
    eventOf('stats', statsFrame),
    eventOf('lag', stats.shape.lag),
    eventOf('prediction', predictionFrame),
    eventOf('alert', alertFrame),
  ]),
);

function eventOf<Name extends string>(name: Name, data: z.ZodType) {
  const json = {
    type: 'string',
    contentMediaType: 'application/json',
    contentSchema: toJsonSchema(data),
  };
  return z.looseObject({ event: z.literal(name), id: text, data: onTheWire(z.string(), json) });
}
