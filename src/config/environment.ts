import { closest } from '../core/suggest';
import { emptyLayer, isTree, setAt, type ConfigLayer } from './layers';
import { LEAVES, type Leaf } from './leaves';
import { mapFromText } from './map-text';

/** Variables that other tools of the ecosystem also read. */
const ECOSYSTEM: readonly (readonly [name: string, path: readonly string[]])[] = [
  ['KAFKA_BOOTSTRAP_SERVERS', ['kafka', 'properties', 'bootstrap.servers']],
  ['GOOGLE_CLOUD_PROJECT', ['pubsub', 'project']],
  ['SCHEMA_REGISTRY_URL', ['schemaRegistry', 'url']],
  ['LOG_LEVEL', ['log', 'level']],
];

/** `http.port` → `STREAM_INFER_HTTP_PORT`. */
export function environmentName(path: readonly string[]): string {
  return `STREAM_INFER_${path.map((part) => part.replace(/([a-z])([A-Z])/g, '$1_$2').toUpperCase()).join('_')}`;
}

/** The settings from the environment; STREAM_INFER_ names win over those of the ecosystem. */
export function environmentLayer(env: NodeJS.ProcessEnv): ConfigLayer {
  const layer = emptyLayer();
  for (const [name, path] of ECOSYSTEM) {
    if (env[name]) setAt(layer, path, env[name], `environment ${name}`);
  }
  for (const leaf of LEAVES) {
    const name = environmentName(leaf.path);
    const text = env[name];
    if (!text || isServiceLink(text, leaf)) continue;
    const value = fromText(text, leaf);
    // Entry by entry, so that entries from another source are kept.
    if (leaf.kind === 'map' && isTree(value)) {
      for (const [key, entry] of Object.entries(value))
        setAt(layer, [...leaf.path, key], entry, `environment ${name}`);
    } else setAt(layer, leaf.path, value, `environment ${name}`);
  }
  return layer;
}

const OWN = 'STREAM_INFER_';

/**
 * Kubernetes sets STREAM_INFER_HTTP_PORT=tcp://10.0.0.1:8080 in pods next to a service named stream-infer-http. An
 * address in place of a number is therefore not a mistake of the user.
 */
function isServiceLink(text: string, { kind }: Leaf): boolean {
  return kind === 'number' && /^(tcp|udp|sctp):\/\/\S+:\d+$/.test(text);
}

/**
 * Variables that resemble a setting, each as a sentence. Not an error: Kubernetes sets variables such as
 * STREAM_INFER_SERVICE_HOST for a service of that name.
 */
export function mistypedVariables(env: NodeJS.ProcessEnv): string[] {
  const links = LEAVES.flatMap((leaf) => {
    const name = environmentName(leaf.path);
    return isServiceLink(env[name] ?? '', leaf)
      ? [
          `${name}=${env[name]} was set by Kubernetes for a service of that name and is ignored; ` +
            'enableServiceLinks: false in the pod prevents such variables',
        ]
      : [];
  });
  const known = LEAVES.map(({ path }) => environmentName(path).slice(OWN.length));
  const mistyped = Object.keys(env).flatMap((name) => {
    const own = name.slice(OWN.length);
    if (!name.startsWith(OWN) || known.includes(own)) return [];
    const meant = closest(own, known);
    return meant === undefined ? [] : [`${name} is not a setting; did you mean ${OWN}${meant}?`];
  });
  return [...links, ...mistyped];
}

/** Text of the wrong kind stays text, so that validation reports it. */
export function fromText(text: string, leaf: Leaf): unknown {
  switch (leaf.kind) {
    case 'number':
      return text.trim() !== '' && Number.isFinite(Number(text)) ? Number(text) : text;
    case 'boolean':
      return /^(1|true|yes|on)$/i.test(text) ? true : /^(0|false|no|off)$/i.test(text) ? false : text;
    case 'list':
      return text.split(',').map((part) => part.trim());
    case 'map':
      return mapFromText(text);
    case 'rules':
      return parsedJson(text);
    case 'text':
      return /^\d+$/.test(text) && ACCEPTS_NUMBERS.has(leaf.path.join('.')) ? Number(text) : text;
  }
}

/** Settings that are a word or a number. */
const ACCEPTS_NUMBERS = new Set(['inference.workers']);

function parsedJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return text;
  }
}
