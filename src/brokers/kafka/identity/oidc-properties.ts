import { own } from '../../../core/own';
import type { OidcIdentity } from './settings';

type Given = Readonly<Record<string, string>>;

/** librdkafka's properties of the client credentials grant, with their aliases. */
const NAMES: Readonly<Record<string, keyof OidcIdentity>> = {
  'sasl.oauthbearer.token.endpoint.url': 'tokenUrl',
  'sasl.oauthbearer.client.id': 'clientId',
  'sasl.oauthbearer.client.credentials.client.id': 'clientId',
  'sasl.oauthbearer.client.secret': 'clientSecret',
  'sasl.oauthbearer.client.credentials.client.secret': 'clientSecret',
  'sasl.oauthbearer.scope': 'scope',
  'sasl.oauthbearer.extensions': 'extensions',
};

const METHOD = 'sasl.oauthbearer.method';
const GRANT = 'sasl.oauthbearer.grant.type';

/** Every property that `fromProperties` understands. */
export const OIDC_PROPERTIES: ReadonlySet<string> = new Set([...Object.keys(NAMES), METHOD, GRANT]);

/** Whether librdkafka makes the tokens itself, without a token endpoint. */
const UNSECURED = 'enable.sasl.oauthbearer.unsecure.jwt';

/** Properties that only librdkafka's own client of token endpoints understands. */
const FOREIGN = /^(sasl\.oauthbearer\.(assertion|metadata|sub\.claim|config)|https\.ca)/;

/**
 * The client in librdkafka's properties. `librdkafka`: they ask for something that only librdkafka can do. `missing`:
 * nothing says where tokens come from.
 */
export function fromProperties(properties: Given): OidcIdentity | 'librdkafka' | 'missing' {
  if (isTrue(properties[UNSECURED])) return 'librdkafka';
  if (properties[METHOD]?.toLowerCase() !== 'oidc') return 'missing';
  const grant = properties[GRANT] ?? 'client_credentials';
  if (grant !== 'client_credentials' || Object.keys(properties).some((key) => FOREIGN.test(key)))
    return 'librdkafka';
  const found: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(properties)) {
    const name = own(NAMES, key);
    if (name !== undefined) found[name] = translated(name, value);
  }
  return found;
}

function translated(name: keyof OidcIdentity, value: string): unknown {
  if (name === 'extensions')
    return Object.fromEntries(value.split(',').map((pair) => pair.trim().split(/=(.*)/s, 2)));
  // Google's local server of tokens is documented without a scheme.
  return name === 'tokenUrl' && /^[\w.-]+:\d+(\/|$)/.test(value) ? `http://${value}` : value;
}

function isTrue(value: string | undefined): boolean {
  return ['true', 't', '1'].includes(value?.toLowerCase() ?? '');
}
