import { z } from 'zod';
import { duration } from './duration-schema';
import { signingSecret } from './signing-secret';

/** A server that alerts are posted to. */
export const webhookSchema = z
  .strictObject({
    url: z
      .url({ protocol: /^https?$/, error: 'a webhook is an http or https address' })
      .optional()
      .describe('Address to which alerts are posted as JSON.'),
    secret: signingSecret.optional().describe('Signing key (Standard Webhooks); required with url.'),
    timeout: duration
      .prefault('10s')
      .refine((ms) => ms > 0 && ms <= 60_000, 'a time-out is longer than 0 and at most 60s')
      .describe('Time limit of one attempt.'),
    allowPrivateNetwork: z
      .boolean()
      .default(false)
      .describe('Whether loopback and private addresses are allowed.'),
  })
  .prefault({});
