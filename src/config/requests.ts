import { z } from 'zod';
import type { AcrossProblem } from './across-problem';
import { parseAllowedPlace } from './allowed-place';
import { duration } from './duration-schema';
import { namesPrivateAddress } from './private-address';
import { place } from './references';
import { signingSecret } from './signing-secret';

/** Addresses that are called with the answer to a request. */
const callbacksSchema = z
  .strictObject({
    allow: z
      .array(place.refine((entry) => /^https?:/i.test(entry.trim()), 'expected an https or http address'))
      .max(1_000)
      .default([])
      .describe(
        'Places that a request may name as its callback: https://host or https://*.domain, each also with a folder; none: no callbacks.',
      ),
    secret: signingSecret.optional().describe('Signing key (Standard Webhooks); required with allow.'),
    timeout: duration
      .prefault('10s')
      .refine((ms) => ms > 0 && ms <= 60_000, 'a time-out is longer than 0 and at most 60s')
      .describe('Time limit of one attempt.'),
    attempts: z
      .number()
      .int()
      .min(1)
      .max(20)
      .default(10)
      .describe('Attempts at one callback; the wait between two doubles from 1 s, up to 5 min.'),
    allowPrivateNetwork: z
      .boolean()
      .default(false)
      .describe('Whether allowed hosts may have loopback and private addresses.'),
  })
  .prefault({});

export type CallbacksConfig = z.output<typeof callbacksSchema>;

/** Images that are sent over HTTP and go through the topic. */
export const requestsSchema = z
  .strictObject({
    enabled: z
      .boolean()
      .default(false)
      .describe('Whether POST /api/v1/requests publishes images to the input topic; run and serve.'),
    callbacks: callbacksSchema,
  })
  .prefault({});

/** Contradictions between the settings of callbacks. */
export function callbackProblems({
  requests: { enabled, callbacks },
}: {
  readonly requests: z.output<typeof requestsSchema>;
}): AcrossProblem[] {
  const { allow, secret, allowPrivateNetwork } = callbacks;
  if (allow.length === 0) return [];
  const problems: AcrossProblem[] = [];
  if (!enabled)
    problems.push({
      path: 'requests.enabled',
      message: 'callbacks need requests; set requests.enabled: true, or omit requests.callbacks.allow',
    });
  if (secret === undefined)
    problems.push({
      path: 'requests.callbacks.secret',
      message: 'a secret of at least 16 characters is required to sign callbacks; receivers verify it',
    });
  for (const [at, entry] of allow.entries())
    if (!allowPrivateNetwork && isPrivate(entry))
      problems.push({
        path: `requests.callbacks.allow.${at}`,
        message: 'it is a private address; to allow it, set requests.callbacks.allowPrivateNetwork: true',
      });
  return problems;
}

function isPrivate(entry: string): boolean {
  const allowed = parseAllowedPlace(entry);
  return (
    'host' in allowed &&
    !allowed.isWildcard &&
    namesPrivateAddress(new URL(`${allowed.scheme}://${allowed.host}`))
  );
}
