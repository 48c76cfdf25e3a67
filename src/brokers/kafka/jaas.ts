/**
 * `sasl.jaas.config` as librdkafka properties: `….ScramLoginModule required username="…" password="…";`
 *
 * @throws Error with the missing or unknown part, without any value
 */
export function fromJaas(value: string): Record<string, string> {
  const module = /^\s*([\w.]+)/.exec(value)?.[1] ?? '';
  const options = jaasOptions(value);
  if (/(Plain|Scram)LoginModule$/.test(module)) return credentials(options);
  if (/OAuthBearerLoginModule$/.test(module)) return clientCredentials(options);
  if (/IAMLoginModule$/.test(module)) throw new Error(IAM_REMEDY);
  throw new Error(
    `${module || 'the value'} is not supported; use PlainLoginModule, ScramLoginModule or OAuthBearerLoginModule`,
  );
}

export const IAM_REMEDY =
  'Amazon MSK IAM is available for Java clients only; use SASL/SCRAM of the cluster (port 9096), or mutual TLS';

/** The options after module and flag; a value is a word, or quoted with backslash escapes inside. */
function jaasOptions(value: string): ReadonlyMap<string, string> {
  const options = new Map<string, string>();
  const pattern = /([\w.-]+)\s*=\s*(?:"((?:\\.|[^"\\])*)"|'((?:\\.|[^'\\])*)'|([^\s;]+))/gs;
  for (const [, name = '', double, single, word] of value.matchAll(pattern)) {
    const quoted = double ?? single;
    options.set(name, quoted === undefined ? (word ?? '') : quoted.replace(/\\(.)/gs, '$1'));
  }
  return options;
}

function credentials(options: ReadonlyMap<string, string>): Record<string, string> {
  const [username, password] = [options.get('username'), options.get('password')];
  if (username === undefined || password === undefined)
    throw new Error('username="…" and password="…" are required');
  return { 'sasl.username': username, 'sasl.password': password };
}

/** Option names of Kafka's own login module and of Strimzi's, in this order. */
const OAUTH_OPTIONS: readonly (readonly [property: string, names: readonly string[]])[] = [
  ['sasl.oauthbearer.client.id', ['clientId', 'oauth.client.id']],
  ['sasl.oauthbearer.client.secret', ['clientSecret', 'oauth.client.secret']],
  ['sasl.oauthbearer.scope', ['scope', 'oauth.scope']],
  ['sasl.oauthbearer.token.endpoint.url', ['oauth.token.endpoint.uri']],
];

const EXTENSION = 'extension_';

function clientCredentials(options: ReadonlyMap<string, string>): Record<string, string> {
  const properties: Record<string, string> = { 'sasl.oauthbearer.method': 'oidc' };
  for (const [property, names] of OAUTH_OPTIONS) {
    const found = names.map((name) => options.get(name)).find((value) => value !== undefined);
    if (found !== undefined) properties[property] = found;
  }
  if (
    properties['sasl.oauthbearer.client.id'] === undefined ||
    properties['sasl.oauthbearer.client.secret'] === undefined
  )
    throw new Error('clientId="…" and clientSecret="…" are required');
  const extensions = [...options].filter(([name]) => name.startsWith(EXTENSION));
  if (extensions.length > 0)
    properties['sasl.oauthbearer.extensions'] = extensions
      .map(([name, value]) => `${name.slice(EXTENSION.length)}=${value}`)
      .join(',');
  return properties;
}
