import { SHOWN_KAFKA_PROPERTIES } from '../core/kafka-properties';
import { isPostgresUrl } from '../core/postgres-url';
import { hasScheme } from '../core/remote-model';
import { LEAVES } from './leaves';

/** Settings of text that hold no secret. A new one is masked until it is added here; numbers and switches are harmless. */
const SHOWN_TEXTS: ReadonlySet<string> = new Set([
  'broker',
  'instanceId',
  'input.topic',
  'input.group',
  'input.subscription',
  'input.from',
  'input.batches',
  'output.topic',
  'output.headers',
  'output.schema',
  'output.dlq',
  'output.events',
  'output.alerts',
  'output.disagreements',
  'output.match',
  'output.unmatched',
  'output.order',
  'output.format',
  'delivery',
  'labels.topic',
  'kafka.identity',
  ...['clientId', 'assertionFile', 'scope', 'audience'].map((name) => `kafka.oidc.${name}`),
  ...['region', 'profile', 'roleArn', 'roleSessionName'].map((name) => `kafka.aws.${name}`),
  ...['kafka.gcp.principal', 'kafka.azure.clientId', 'kafka.azure.scope'],
  'pubsub.project',
  ...['audiences', 'serviceAccounts', 'issuer', 'verifiedBy'].map((name) => `pubsub.push.${name}`),
  'inference.model',
  'inference.runtime',
  'inference.precision',
  'inference.workers',
  'inference.targetP99',
  'inference.taskTimeout',
  'inference.invert',
  'input.resize',
  ...['image', 'id', 'label'].map((name) => `input.schema.${name}`),
  ...['url', 'username', 'timeout'].map((name) => `schemaRegistry.${name}`),
  ...['protocol', 'name', 'version', 'labels', 'timeout'].map((name) => `model.${name}`),
  ...['color', 'layout', 'tensor', 'name', 'mean', 'std'].map((name) => `model.input.${name}`),
  ...['name', 'activation'].map((name) => `model.output.${name}`),
  ...['allow', 'id', 'timeout', 's3.endpoint', 's3.region', 'gcs.endpoint'].map(
    (name) => `references.${name}`,
  ),
  'events.keepOriginals',
  ...['allow', 'timeout'].map((name) => `requests.callbacks.${name}`),
  'models.control',
  'models.pollInterval',
  'models.trial',
  'http.host',
  'http.allowedHosts',
  ...['grpc.tls.cert', 'grpc.tls.key'],
  'steering.auditLog',
  'store.path',
  'store.images',
  'webhook.timeout',
  'dataDir',
  'log.level',
  'log.format',
  'log.slow',
  'shutdownTimeout',
]);

const SHOWN_LEAVES: ReadonlySet<string> = new Set(
  LEAVES.filter(({ kind }) => kind === 'number' || kind === 'boolean').map(({ path }) => path.join('.')),
);

/** Stands for a value that must not be shown. */
export const MASK = '(masked)';

/** Whether the value of a setting may be shown: an allow-list, so that an unknown setting is masked. */
export function isShown(path: readonly string[], value?: unknown): boolean {
  const [section, name, ...rest] = path;
  // An address may have a password in it.
  if (section === 'kafka' && name === 'properties')
    return SHOWN_KAFKA_PROPERTIES.has(rest.join('.')) && !(typeof value === 'string' && value.includes('@'));
  // As may an address, and its query.
  if (path.join('.') === 'kafka.oidc.tokenUrl') return !(typeof value === 'string' && /[@?]/.test(value));
  // As may the address of a remote model.
  if (section === 'inference' && name === 'model' && typeof value === 'string' && /[@?]/.test(value))
    return !hasScheme(value);
  if (section === 'store' && typeof value === 'string' && (isPostgresUrl(value) || hasScheme(value)))
    return !/[@?]/.test(value);
  // Or the address of a store.
  if (
    (section === 'references' || section === 'events' || section === 'requests') &&
    JSON.stringify(value ?? '').match(/[@?]/) !== null
  )
    return false;
  if (section === 'schemaRegistry' && name === 'url' && typeof value === 'string' && /[@?]/.test(value))
    return false;
  // And those of several models.
  if (section === 'models' && name === 'serve') return JSON.stringify(value ?? '').match(/[@?]/) === null;
  // Rules are a closed set of labels, numbers and durations; routes one of names and numbers.
  if (section === 'alerts' || (section === 'output' && name === 'routes')) return true;
  const dotted = (isIndex(path.at(-1)) ? path.slice(0, -1) : path).join('.');
  return SHOWN_TEXTS.has(dotted) || SHOWN_LEAVES.has(dotted);
}

/** Of a place in a list. */
function isIndex(part: string | undefined): boolean {
  return /^\d+$/.test(part ?? '');
}
