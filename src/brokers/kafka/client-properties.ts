/** Reads a `client.properties` file as Java's Kafka clients take it. */
import { throwIfAny } from './issues';

/** Java names under which librdkafka has the same thing. */
const RENAMED: Readonly<Record<string, string>> = {
  'sasl.mechanism': 'sasl.mechanisms',
  'ssl.keystore.key': 'ssl.key.pem',
  'ssl.keystore.certificate.chain': 'ssl.certificate.pem',
  'ssl.truststore.certificates': 'ssl.ca.pem',
};

/** Java's own affairs: nothing is lost without them. */
const MEANINGLESS =
  /(\.serializer|\.deserializer|\.class|\.classes|^metric\.reporters|^interceptor\..*|^max\.poll\.records|^default\.api\.timeout\.ms)$/;

const WITHOUT_COUNTERPART: Readonly<Record<string, string>> = {
  'ssl.truststore.password': 'a truststore is a plain PEM file here and has no password',
  'ssl.protocol': 'OpenSSL chooses the protocol; remove it',
  'sasl.login.callback.handler': 'it is a Java class; use sasl.oauthbearer.* properties',
};

/** Throws CONFIG_INVALID with the line of everything that cannot be taken over. */
export function parseClientProperties(text: string): Record<string, string> {
  const issues: string[] = [];
  const properties: Record<string, string> = {};
  for (const { key, value, line } of parseLines(text)) {
    try {
      Object.assign(properties, translate(key, value));
    } catch (error) {
      issues.push(`line ${line}, ${key}: ${(error as Error).message}`);
    }
  }
  translateTruststore(properties, issues);
  throwIfAny('client.properties', issues);
  return properties;
}

interface Entry {
  readonly key: string;
  readonly value: string;
  /** From 1 on. */
  readonly line: number;
}

/** The format of java.util.Properties: comments, continuation lines, `=`, `:` or a space in between, escapes. */
function parseLines(text: string): Entry[] {
  const entries: Entry[] = [];
  const lines = text.split(/\r\n|\r|\n/);
  for (let i = 0; i < lines.length; i++) {
    const line = i + 1;
    let logical = (lines[i] ?? '').trimStart();
    if (logical === '' || logical.startsWith('#') || logical.startsWith('!')) continue;
    while (endsInOddBackslashes(logical) && i + 1 < lines.length) {
      logical = logical.slice(0, -1) + (lines[++i] ?? '').trimStart();
    }
    entries.push({ ...splitEntry(logical), line });
  }
  return entries;
}

function endsInOddBackslashes(text: string): boolean {
  return (/\\*$/.exec(text)?.[0].length ?? 0) % 2 === 1;
}

function splitEntry(logical: string): { key: string; value: string } {
  const match = /^((?:\\.|[^\\=:\s])*)(?:\s*[=:]\s*|\s+|$)(.*)$/s.exec(logical);
  return { key: unescape(match?.[1] ?? logical), value: unescape(match?.[2] ?? '').trimEnd() };
}

const ESCAPES: Readonly<Record<string, string>> = { n: '\n', t: '\t', r: '\r', f: '\f' };

function unescape(text: string): string {
  return text.replace(
    /\\(?:u([0-9a-fA-F]{4})|(.))/gs,
    (_, hex: string | undefined, char: string | undefined) =>
      hex === undefined ? (ESCAPES[char ?? ''] ?? char ?? '') : String.fromCharCode(parseInt(hex, 16)),
  );
}

function translate(key: string, value: string): Record<string, string> {
  if (MEANINGLESS.test(key)) return {};
  if (key === 'sasl.jaas.config') return fromJaas(value);
  if (key === 'buffer.memory')
    return { 'queue.buffering.max.kbytes': String(Math.max(1, Math.ceil(Number(value) / 1024))) };
  if (key === 'ssl.endpoint.identification.algorithm')
    return { [key]: value === '' ? 'none' : value.toLowerCase() };
  if (key === 'ssl.keystore.type') return expectType(value, ['PKCS12', 'PEM']);
  if (key === 'ssl.truststore.type') return expectType(value, ['PEM']);
  const reason = WITHOUT_COUNTERPART[key];
  if (reason !== undefined) throw new Error(reason);
  return { [RENAMED[key] ?? key]: value };
}

function expectType(value: string, allowed: readonly string[]): Record<string, string> {
  if (allowed.includes(value.toUpperCase())) return {};
  throw new Error(`${value} cannot be read by librdkafka; convert it to ${allowed.join(' or ')}`);
}

/** `….ScramLoginModule required username="…" password="…";` */
function fromJaas(value: string): Record<string, string> {
  const module = /^\s*([\w.]+)/.exec(value)?.[1] ?? '';
  if (!/(Plain|Scram)LoginModule$/.test(module)) {
    throw new Error(`${module || 'the value'} is not known here; PlainLoginModule and ScramLoginModule are`);
  }
  const username = jaasOption(value, 'username');
  const password = jaasOption(value, 'password');
  if (username === undefined || password === undefined)
    throw new Error('username="…" and password="…" are needed');
  return { 'sasl.username': username, 'sasl.password': password };
}

function jaasOption(value: string, name: string): string | undefined {
  const match = new RegExp(`\\b${name}\\s*=\\s*(?:"((?:\\\\.|[^"\\\\])*)"|'([^']*)'|([^\\s;]+))`).exec(value);
  const quoted = match?.[1]?.replace(/\\(.)/g, '$1');
  return quoted ?? match?.[2] ?? match?.[3];
}

function translateTruststore(properties: Record<string, string>, issues: string[]): void {
  const location = properties['ssl.truststore.location'];
  if (location === undefined) return;
  delete properties['ssl.truststore.location'];
  if (/\.(pem|crt|cer)$/i.test(location)) properties['ssl.ca.location'] = location;
  else
    issues.push(
      `ssl.truststore.location: ${location} is not a PEM file; export the CA certificate and name it in ssl.ca.location`,
    );
}
