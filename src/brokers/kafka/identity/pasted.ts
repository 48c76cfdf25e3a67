/**
 * Identities in a `client.properties` of a Java client. Names that begin with `kafka.` are settings of stream-infer,
 * all others are librdkafka's.
 */
import { eventHubsHost } from './cloud';

type Found = Record<string, string>;

/** Keys whose value is a Java class that authenticates. */
export const HANDLER_KEYS: ReadonlySet<string> = new Set([
  'sasl.client.callback.handler.class',
  'sasl.login.callback.handler.class',
]);

/** The identity that this Java class stands for; undefined for any other class. */
export function fromHandler(value: string): Found | undefined {
  if (/^software\.amazon\.msk\.auth\.iam\./.test(value)) return { 'kafka.identity': 'aws-msk-iam' };
  if (/^com\.google\.cloud\.hosted\.kafka\.auth\./.test(value)) return { 'kafka.identity': 'gcp' };
  return undefined;
}

/** Options of `IAMLoginModule`, of the library aws-msk-iam-auth. Throws an Error for one that would change the account. */
export function fromIamModule(options: ReadonlyMap<string, string>): Found {
  if (options.has('awsRoleExternalId'))
    throw new Error(
      'awsRoleExternalId is not supported; put the role into an AWS profile and use awsProfileName',
    );
  const named = [
    ['kafka.aws.profile', options.get('awsProfileName')],
    ['kafka.aws.roleArn', options.get('awsRoleArn')],
    ['kafka.aws.roleSessionName', options.get('awsRoleSessionName')],
  ] as const;
  const found: Found = { 'kafka.identity': 'aws-msk-iam' };
  for (const [name, value] of named) if (value !== undefined) found[name] = value;
  return found;
}

/** Option names of Kafka's own login module and of Strimzi's, in this order. */
const OAUTH_OPTIONS: readonly (readonly [property: string, names: readonly string[]])[] = [
  ['sasl.oauthbearer.client.id', ['clientId', 'oauth.client.id']],
  ['sasl.oauthbearer.client.secret', ['clientSecret', 'oauth.client.secret']],
  ['sasl.oauthbearer.scope', ['scope', 'oauth.scope']],
  ['sasl.oauthbearer.token.endpoint.url', ['oauth.token.endpoint.uri']],
  ['kafka.oidc.audience', ['oauth.audience']],
  ['kafka.oidc.assertionFile', ['oauth.client.assertion.location']],
];

const EXTENSION = 'extension_';

/** Options of `OAuthBearerLoginModule`; without a client, something else in the file says where tokens come from. */
export function fromOAuthModule(options: ReadonlyMap<string, string>): Found {
  const found: Found = {};
  for (const [property, names] of OAUTH_OPTIONS) {
    const value = names.map((name) => options.get(name)).find((one) => one !== undefined);
    if (value !== undefined) found[property] = value;
  }
  const extensions = [...options].filter(([name]) => name.startsWith(EXTENSION));
  if (extensions.length > 0)
    found['sasl.oauthbearer.extensions'] = extensions
      .map(([name, value]) => `${name.slice(EXTENSION.length)}=${value}`)
      .join(',');
  return found;
}

/**
 * The rest of the identity, which no single line contains.
 *
 * @throws Error with the remedy where nothing says where tokens come from
 */
export function completed(found: Found): Found {
  const usesTokens = found['sasl.mechanisms']?.toUpperCase() === 'OAUTHBEARER';
  const isKnown = found['kafka.identity'] !== undefined || found['sasl.oauthbearer.method'] !== undefined;
  if (!usesTokens || isKnown || found['enable.sasl.oauthbearer.unsecure.jwt'] !== undefined) return {};
  const id = found['sasl.oauthbearer.client.id'] ?? found['sasl.oauthbearer.client.credentials.client.id'];
  const proof =
    found['sasl.oauthbearer.client.secret'] ??
    found['sasl.oauthbearer.client.credentials.client.secret'] ??
    found['kafka.oidc.assertionFile'];
  if (id !== undefined && proof !== undefined) return { 'sasl.oauthbearer.method': 'oidc' };
  if (id === undefined && eventHubsHost(found['bootstrap.servers'] ?? '') !== undefined)
    return { 'kafka.identity': 'azure' };
  throw new Error('clientId="…" and clientSecret="…" are required; set kafka.identity for a cloud identity');
}

/** Splits `completed` properties from settings. */
export function split(found: Found): { readonly properties: Found; readonly settings: Found } {
  const isSetting = ([key]: [string, string]): boolean => key.startsWith('kafka.');
  const all = Object.entries(found);
  return {
    properties: Object.fromEntries(all.filter((one) => !isSetting(one))),
    settings: Object.fromEntries(all.filter(isSetting)),
  };
}
