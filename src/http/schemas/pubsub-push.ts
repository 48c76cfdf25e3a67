import { z } from 'zod';
import { component } from '../openapi/json-schema';
import { text } from './answer-fields';

/** For the API documentation; the receiver reads it leniently. */
export const pushedMessage = component(
  'PushedMessage',
  z.object({
    message: z.object({
      data: text.exactOptional().describe('base64 of the image or its JSON.'),
      attributes: z.record(z.string(), z.string()).exactOptional(),
      messageId: text,
      publishTime: text.exactOptional(),
      orderingKey: text.exactOptional(),
    }),
    subscription: text.describe('projects/<project>/subscriptions/<subscription>'),
    deliveryAttempt: z.number().int().exactOptional(),
  }),
);
