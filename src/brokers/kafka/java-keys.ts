import { fromHandler, HANDLER_KEYS } from './identity/pasted';
import { fromJaas } from './jaas';
import { withLineBreaks } from './pem';

type Translate = (value: string) => Record<string, string>;

const renamed =
  (name: string): Translate =>
  (value) => ({ [name]: value });

const pem =
  (name: string): Translate =>
  (value) => ({ [name]: withLineBreaks(value) });

/** -1 in Java leaves the size to the system; librdkafka uses 0. */
const bufferSize =
  (name: string): Translate =>
  (value) => ({ [name]: value === '-1' ? '0' : value });

/**
 * Java's names, and values with another form in librdkafka. A translation may throw an Error with the reason. Keys that
 * begin with `kafka.` are settings of an identity.
 */
export const TRANSLATIONS: ReadonlyMap<string, Translate> = new Map([
  ['sasl.mechanism', mechanism],
  ['sasl.mechanisms', mechanism],
  ['sasl.jaas.config', fromJaas],
  ['fetch.max.wait.ms', renamed('fetch.wait.max.ms')],
  ['max.request.size', renamed('message.max.bytes')],
  ['receive.buffer.bytes', bufferSize('socket.receive.buffer.bytes')],
  ['send.buffer.bytes', bufferSize('socket.send.buffer.bytes')],
  ['buffer.memory', bufferMemory],
  // 0 in Java sends each message separately, and -1 keeps a connection open without limit.
  ['batch.size', (value) => ({ 'batch.size': value === '0' ? '1' : value })],
  ['connections.max.idle.ms', (value) => ({ 'connections.max.idle.ms': value === '-1' ? '0' : value })],
  ['client.dns.lookup', (value) => (value === 'default' ? {} : { 'client.dns.lookup': value })],
  [
    'ssl.endpoint.identification.algorithm',
    (value) => ({ 'ssl.endpoint.identification.algorithm': value === '' ? 'none' : value.toLowerCase() }),
  ],
  ['ssl.keystore.key', pem('ssl.key.pem')],
  ['ssl.keystore.certificate.chain', pem('ssl.certificate.pem')],
  ['ssl.truststore.certificates', pem('ssl.ca.pem')],
  ['ssl.key.pem', pem('ssl.key.pem')],
  ['ssl.certificate.pem', pem('ssl.certificate.pem')],
  ['ssl.ca.pem', pem('ssl.ca.pem')],
  ['sasl.oauthbearer.assertion.template.file', renamed('sasl.oauthbearer.assertion.jwt.template.file')],
  ...[...HANDLER_KEYS].map((key) => [key, (value: string) => fromHandler(value) ?? {}] as const),
]);

function mechanism(value: string): Record<string, string> {
  if (value.toUpperCase() === 'AWS_MSK_IAM') return { 'kafka.identity': 'aws-msk-iam' };
  return { 'sasl.mechanisms': value };
}

function bufferMemory(value: string): Record<string, string> {
  return { 'queue.buffering.max.kbytes': String(Math.max(1, Math.ceil(Number(value) / 1024))) };
}

/** Properties of Java clients only, and why they are not needed where that is not obvious. */
export const NOT_USED: ReadonlyMap<string, string> = new Map([
  ['max.poll.records', 'use --max-in-flight'],
  ['max.block.ms', 'stream-infer always waits for its broker'],
  ['default.api.timeout.ms', ''],
  ['metadata.max.idle.ms', ''],
  ['compression.gzip.level', 'use compression.level'],
  ['compression.lz4.level', 'use compression.level'],
  ['compression.zstd.level', 'use compression.level'],
  ['exclude.internal.topics', ''],
  ['security.providers', ''],
  ['share.acknowledgement.mode', ''],
  ['socket.connection.setup.timeout.max.ms', ''],
  ['ssl.enabled.protocols', 'OpenSSL chooses the protocol'],
  ['ssl.protocol', 'OpenSSL chooses the protocol'],
  ['ssl.provider', ''],
  ['ssl.keymanager.algorithm', ''],
  ['ssl.trustmanager.algorithm', ''],
  ['ssl.secure.random.implementation', ''],
  ['bootstrap.controllers', ''],
  ['transaction.two.phase.commit.enable', ''],
]);

/** Keystore and truststore are translated together: `stores.ts`. */
export const STORE_KEYS: ReadonlySet<string> = new Set([
  'ssl.keystore.location',
  'ssl.keystore.password',
  'ssl.keystore.type',
  'ssl.truststore.location',
  'ssl.truststore.password',
  'ssl.truststore.type',
]);

/** OpenSSL does not use Java's cipher names, such as TLS_AES_256_GCM_SHA384. */
export function isJavaCipherList(value: string): boolean {
  return /(^|[,:\s])(TLS|SSL)_/.test(value);
}
