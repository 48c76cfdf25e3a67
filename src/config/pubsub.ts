import { z } from 'zod';
import { isLoopback } from '../core/loopback';
import type { AcrossProblem } from './across-problem';

export const GOOGLE_ISSUER = 'https://accounts.google.com';
/** Who verifies the signature of a token. */
const TOKEN_VERIFIERS = ['stream-infer', 'cloud-run'] as const;

/** Images that arrive by HTTP from Pub/Sub or Eventarc. */
const pubsubPushSchema = z
  .strictObject({
    enabled: z
      .boolean()
      .default(false)
      .describe('Whether images arrive by Pub/Sub push or Eventarc, at POST /pubsub/push, and not by pull.'),
    audiences: z
      .array(z.string().min(1).max(2048))
      .max(16)
      .default([])
      .describe('Accepted audiences of the OIDC token of a push; required beyond loopback.'),
    serviceAccounts: z
      .array(
        z
          .string()
          .max(320)
          .regex(/^[^\s@]+@[^\s@]+$/, 'expected an e-mail address'),
      )
      .max(64)
      .default([])
      .describe('E-mail addresses of the service accounts that may push; required with audiences.'),
    issuer: z
      .url({ protocol: /^https?$/, error: 'an issuer is an https address' })
      .default(GOOGLE_ISSUER)
      .describe('Issuer of the OIDC token.'),
    verifiedBy: z
      .enum(TOKEN_VERIFIERS)
      .default('stream-infer')
      .describe(
        'Who verifies the signature of the token; cloud-run: for a service that requires authentication.',
      ),
  })
  .prefault({});

export const pubsubSchema = z
  .strictObject({
    project: z.string().min(1).optional().describe('Google Cloud project.'),
    push: pubsubPushSchema,
  })
  .prefault({});

interface PushSections {
  readonly broker: string;
  readonly delivery: string;
  readonly pubsub: { readonly push: z.output<typeof pubsubPushSchema> };
  readonly http: { readonly enabled: boolean; readonly host: string };
}

/** Contradictions in the settings of pushed messages. */
export function pushProblems({ broker, delivery, pubsub: { push }, http }: PushSections): AcrossProblem[] {
  if (!push.enabled) return settingsWithoutPush(push);
  const problems: AcrossProblem[] = [];
  const add = (name: string, message: string): void => {
    problems.push({ path: `pubsub.push.${name}`, message });
  };
  if (broker !== 'pubsub') add('enabled', `the broker is ${broker}; pushed messages need broker: pubsub`);
  if (!http.enabled)
    add('enabled', 'messages are pushed over HTTP, which is off; remove http.enabled: false');
  if (delivery === 'exactly-once')
    add('enabled', 'Pub/Sub has no exactly-once delivery for push; use delivery: at-least-once');
  if (push.audiences.length === 0 && !isLoopback(http.host))
    add(
      'audiences',
      `listening on ${http.host} lets other machines push; set the audience of the push subscription and pubsub.push.serviceAccounts`,
    );
  if (push.audiences.length > 0 && push.serviceAccounts.length === 0)
    add(
      'serviceAccounts',
      'anyone can get a token for this audience; name the service account of the push subscription',
    );
  if (push.audiences.length === 0 && push.serviceAccounts.length > 0)
    add('audiences', 'a token is verified only with its audience; set the audience of the push subscription');
  const issuer = new URL(push.issuer);
  if (issuer.protocol === 'http:' && !isLoopback(issuer.hostname.replace(/^\[|\]$/g, '')))
    add('issuer', 'its signing keys would be read without TLS; use https');
  return problems;
}

/** Host names in the audiences: by default, the audience of a push is the address of this server. */
export function pushedHosts({ pubsub: { push } }: Pick<PushSections, 'pubsub'>): string[] {
  return push.enabled
    ? push.audiences.flatMap((audience) => (URL.canParse(audience) ? [new URL(audience).hostname] : []))
    : [];
}

/** Otherwise the settings would be ignored, and the images pulled. */
function settingsWithoutPush({
  audiences,
  serviceAccounts,
}: PushSections['pubsub']['push']): AcrossProblem[] {
  if (audiences.length === 0 && serviceAccounts.length === 0) return [];
  const name = audiences.length > 0 ? 'audiences' : 'serviceAccounts';
  return [{ path: `pubsub.push.${name}`, message: 'push is off; set pubsub.push.enabled: true' }];
}
