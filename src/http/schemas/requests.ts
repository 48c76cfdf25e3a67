import { z } from 'zod';
import { component } from '../openapi/json-schema';
import { onTheWire } from '../openapi/json-schema';
import { text, type Wire } from './answer-fields';
import { prediction } from './predictions';
import { once } from './request-fields';

/** Longest wait of one call, ms; proxies close connections that are silent for longer. */
const LONGEST_WAIT_MS = 60_000;
const WAIT = 'must be a time from 0s to 60s, such as 10s or 500ms';

const wait = onTheWire(
  z
    .string({ error: 'must occur once' })
    .regex(/^\d{1,5}(\.\d{1,3})?(ms|s)?$/, WAIT)
    .transform((written) => Number.parseFloat(written) * (written.endsWith('ms') ? 1 : 1_000))
    .refine((ms) => ms <= LONGEST_WAIT_MS, WAIT),
  { type: 'string', description: 'Longest time to wait for the answer, such as 10s; at most 60s.' },
).default(0);

export const newRequestQuery = z.strictObject({
  wait,
  id: once(128)
    .regex(/^[\w.:-]+$/, 'must have letters, digits and _ . : - only')
    .optional(),
  callback: once(2_048)
    .regex(/^https?:\/\//i, 'must be an address such as https://host/path')
    .describe('Address in a place of requests.callbacks.allow; the answer is posted to it, signed.')
    .optional(),
});

export const requestQuery = z.strictObject({ wait });

export const requestAnswer = component(
  'RequestAnswer',
  z.object({
    id: text.describe('Id of the message and of its prediction.'),
    state: z.enum(['pending', 'done', 'failed']),
    prediction: prediction.exactOptional().describe('Present when it is done.'),
    error: z
      .object({ code: text.describe('Code of the dead letter.'), message: text })
      .exactOptional()
      .describe('Present when it failed.'),
  }),
);
export type RequestAnswerBody = Wire<typeof requestAnswer>;
