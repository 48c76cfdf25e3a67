import { z } from 'zod';
import { GOOGLE_ISSUER } from '../config/pubsub';

/** Tolerated difference between the clocks of this machine and of the issuer, s. */
const SKEW_S = 300;
/** A token of Google has about 1,000 characters. */
const MOST_CHARACTERS = 8_192;

const header = z.object({ alg: z.string(), kid: z.string() });
const claims = z.object({
  iss: z.string(),
  aud: z.string(),
  exp: z.number(),
  iat: z.number().default(0),
  email: z.string(),
  email_verified: z.boolean(),
});

/** A token whose signature is not verified yet. */
export interface UnverifiedToken {
  readonly text: string;
  readonly keyId: string;
  readonly algorithm: string;
  readonly signature: string;
  readonly claims: z.output<typeof claims>;
}

interface AcceptedClaims {
  readonly audiences: readonly string[];
  readonly serviceAccounts: readonly string[];
  readonly issuer: string;
}

/** Undefined if it is not a token of an issuer for an e-mail address. */
export function parseToken(text: string): UnverifiedToken | undefined {
  const [first, second, signature, ...more] = text.split('.');
  if (text.length > MOST_CHARACTERS || !first || !second || !signature || more.length > 0) return undefined;
  const head = header.safeParse(fromBase64Url(first));
  const body = claims.safeParse(fromBase64Url(second));
  if (!head.success || !body.success) return undefined;
  return { text, keyId: head.data.kid, algorithm: head.data.alg, signature, claims: body.data };
}

/** Why a token with these claims is refused, as the end of a sentence; undefined if it is accepted. */
export function claimsProblem(
  { iss, aud, exp, iat, email, email_verified: isVerified }: UnverifiedToken['claims'],
  accepted: AcceptedClaims,
  nowS: number = Date.now() / 1_000,
): string | undefined {
  // The tokens of Google have its issuer with or without the scheme.
  const issuers = [accepted.issuer, ...(accepted.issuer === GOOGLE_ISSUER ? ['accounts.google.com'] : [])];
  if (!issuers.includes(iss)) return `its issuer is ${shown(iss)}, not ${accepted.issuer}`;
  if (!accepted.audiences.includes(aud))
    return `its audience ${shown(aud)} is not one of pubsub.push.audiences`;
  const isKnown = accepted.serviceAccounts.some((known) => known.toLowerCase() === email.toLowerCase());
  if (!isKnown || !isVerified)
    return `its account ${shown(email)} is not one of pubsub.push.serviceAccounts, or not verified`;
  if (exp < nowS - SKEW_S) return 'it has expired';
  if (iat > nowS + SKEW_S) return 'it was issued in the future; check the clock of this machine';
  return undefined;
}

function fromBase64Url(part: string): unknown {
  try {
    return JSON.parse(Buffer.from(part, 'base64url').toString('utf8'));
  } catch {
    return undefined;
  }
}

function shown(text: string): string {
  return JSON.stringify(text.length > 100 ? `${text.slice(0, 100)}…` : text);
}
