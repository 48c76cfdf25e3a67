/** The claims of a token that is a JWT; empty for any other token. They are not verified: the broker does that. */
export function claimsOf(token: string): Readonly<Record<string, unknown>> {
  try {
    const claims: unknown = JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString());
    return typeof claims === 'object' && claims !== null ? (claims as Record<string, unknown>) : {};
  } catch {
    return {};
  }
}

/** Claims that brokers check. None of them is a secret. */
const CHECKED = ['iss', 'aud', 'sub', 'azp', 'scope', 'scp'] as const;

/** What a broker may not like about a token, for a log. */
export function checkedClaims(token: string): Readonly<Record<string, unknown>> {
  const claims = claimsOf(token);
  return Object.fromEntries(CHECKED.flatMap((name) => (name in claims ? [[name, claims[name]]] : [])));
}
