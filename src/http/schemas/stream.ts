import { z } from 'zod';
import { SEVERITIES } from '../../core/rule';
import { component, onTheWire, toJsonSchema } from '../openapi/json-schema';
import { lagFrame } from './lag';
import { classified } from './predictions';
import { modelFrame, statsFrame } from './stats';
import { count, headers, text, time, type Wire } from './answer-fields';

/** Event `prediction`: a sample of the confirmed predictions. */
const predictionFrame = classified.extend({
  pixels: text.describe('base64 of the pixels, row by row: 784 bytes for Fashion-MNIST.'),
  image: z
    .object({ width: count, height: count, channels: z.union([z.literal(1), z.literal(3)]) })
    .exactOptional()
    .describe('Size of that image, at most 128 pixels a side; 28×28 grey pixels if absent.'),
  headers: headers.exactOptional().describe('Headers of the message; long ones are shortened.'),
});
export type PredictionFrame = Wire<typeof predictionFrame>;

/** Event `alert`: an alert was raised or acknowledged. */
const alertFrame = z.object({
  number: count,
  rule: text,
  severity: z.enum(SEVERITIES),
  description: text,
  at: time,
});
export type AlertFrame = Wire<typeof alertFrame>;

/** One event of the live feed: a name, and JSON as its data. */
export const streamEvent = component(
  'StreamEvent',
  z.discriminatedUnion('event', [
    eventOf('model', modelFrame),
    eventOf('stats', statsFrame),
    eventOf('lag', lagFrame),
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
  return z.object({ event: z.literal(name), id: text, data: onTheWire(z.string(), json) });
}
