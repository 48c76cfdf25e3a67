import { fromIamModule, fromOAuthModule } from './identity/pasted';

/**
 * `sasl.jaas.config` as librdkafka properties: `….ScramLoginModule required username="…" password="…";`
 * Settings of an identity are among them.
 *
 * @throws Error with the missing or unknown part, without any value
 */
export function fromJaas(value: string): Record<string, string> {
  const module = /^\s*([\w.]+)/.exec(value)?.[1] ?? '';
  const options = jaasOptions(value);
  if (/(Plain|Scram)LoginModule$/.test(module)) return credentials(options);
  if (/OAuthBearerLoginModule$/.test(module)) return fromOAuthModule(options);
  if (/IAMLoginModule$/.test(module)) return fromIamModule(options);
  throw new Error(
    `${module || 'the value'} is not supported; use PlainLoginModule, ScramLoginModule or OAuthBearerLoginModule`,
  );
}

/** The options after module and flag; a value is a word, or quoted with backslash escapes inside. */
function jaasOptions(value: string): ReadonlyMap<string, string> {
  const options = new Map<string, string>();
  // The first part keeps the search from starting again at each letter of a long word.
  const pattern = /(?<![\w.-])([\w.-]+)\s*=\s*(?:"((?:\\.|[^"\\])*)"|'((?:\\.|[^'\\])*)'|([^\s;]+))/gs;
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
