import { parseBytes, parseDuration } from '../config/duration';
import { DEFAULT_MODEL } from '../core/default-model';

/** A flag that sets one setting of the configuration. The schema validates its value. */
export interface ConfigFlag {
  readonly flags: string;
  readonly path: readonly string[];
  readonly help: string;
  /** Converts the text of the command line to what the schema expects; unusable text stays text. */
  readonly read?: (text: string) => unknown;
  /** For a flag without a value. */
  readonly value?: unknown;
}

const toNumber = (text: string): unknown =>
  text.trim() !== '' && Number.isFinite(Number(text)) ? Number(text) : text;
const toBytes = (text: string): unknown => parseBytes(text) ?? text;
const toDuration = (text: string): unknown => parseDuration(text) ?? text;

const BROKER_FLAGS: readonly ConfigFlag[] = [
  {
    flags: '--broker <memory|kafka|pubsub>',
    path: ['broker'],
    help: 'message broker; memory lives inside run (default: memory)',
  },
  { flags: '--input-topic <name>', path: ['input', 'topic'], help: 'topic of the images (default: images)' },
  {
    flags: '--output-topic <name>',
    path: ['output', 'topic'],
    help: 'topic of the predictions (default: predictions)',
  },
  {
    flags: '--dlq-topic <name>',
    path: ['output', 'dlq'],
    help: 'dead-letter topic (default: <input>.dlq)',
  },
  {
    flags: '--bootstrap-servers <list>',
    path: ['kafka', 'properties', 'bootstrap.servers'],
    help: 'addresses of Kafka brokers (default: localhost:9092)',
  },
  {
    flags: '--project <id>',
    path: ['pubsub', 'project'],
    help: 'Google Cloud project (default: GOOGLE_CLOUD_PROJECT)',
  },
  {
    flags: '--subscription <id>',
    path: ['input', 'subscription'],
    help: 'Pub/Sub subscription (default: <input>-sub)',
  },
  {
    flags: '--log-level <level>',
    path: ['log', 'level'],
    help: 'debug, info, warn, error or silent (default: info)',
  },
  {
    flags: '--log-format <auto|json|pretty>',
    path: ['log', 'format'],
    help: 'format of the logs on stderr (default: auto)',
  },
];

const DATA_DIR: ConfigFlag = {
  flags: '--data-dir <dir>',
  path: ['dataDir'],
  help: 'folder with the Fashion-MNIST files',
};

const INFERENCE_FLAGS: readonly ConfigFlag[] = [
  {
    flags: '--model <name[@version]|dir|url>',
    path: ['inference', 'model'],
    help: `model to serve (default: ${DEFAULT_MODEL})`,
  },
  {
    flags: '--runtime <auto|onnx|tfjs-node|tfjs-wasm>',
    path: ['inference', 'runtime'],
    help: 'inference runtime (default: auto)',
  },
  {
    flags: '--precision <auto|fp32|int8>',
    path: ['inference', 'precision'],
    help: 'auto: int8 if accurate and faster here (default: auto)',
  },
  {
    flags: '--workers <n|auto>',
    path: ['inference', 'workers'],
    read: toNumber,
    help: 'worker threads; auto: up to one per core (default: auto)',
  },
  {
    flags: '--max-batch <n>',
    path: ['inference', 'maxBatch'],
    read: toNumber,
    help: 'largest batch, in images (default: 256)',
  },
  {
    flags: '--target-p99 <duration>',
    path: ['inference', 'targetP99'],
    read: toDuration,
    help: 'p99 latency goal, arrival to confirmation (default: none)',
  },
  {
    flags: '--max-in-flight <n>',
    path: ['inference', 'maxInFlight'],
    read: toNumber,
    help: 'limit of unacknowledged messages (default: 4096)',
  },
  {
    flags: '--max-in-flight-bytes <n>',
    path: ['inference', 'maxInFlightBytes'],
    read: toBytes,
    help: 'limit of their total size, in bytes (default: 64MiB)',
  },
  {
    flags: '--resize <stretch|fit|crop|content>',
    path: ['input', 'resize'],
    help: "resizing of encoded images (default: the model's own)",
  },
  {
    flags: '--invert <auto|always|never>',
    path: ['inference', 'invert'],
    help: "inversion of bright backgrounds (default: the model's own)",
  },
  {
    flags: '--delivery <at-least-once|exactly-once>',
    path: ['delivery'],
    help: 'delivery guarantee (default: at-least-once)',
  },
  {
    flags: '--output-headers <none|json|cloudevents>',
    path: ['output', 'headers'],
    help: 'headers added to a prediction (default: json)',
  },
  DATA_DIR,
];

const RUN_FLAGS: readonly ConfigFlag[] = [
  {
    flags: '--model-control <none|poll|explicit>',
    path: ['models', 'control'],
    help: 'run-time model updates: folder (poll) or API (default: none)',
  },
  {
    flags: '--model-protocol <open-inference|tensorflow-serving|custom>',
    path: ['model', 'protocol'],
    help: 'protocol of a remote model (default: open-inference)',
  },
  {
    flags: '--model-name <name>',
    path: ['model', 'name'],
    help: "name of a remote model (default: the address's)",
  },
  { flags: '--group <id>', path: ['input', 'group'], help: 'Kafka consumer group (default: stream-infer)' },
  {
    flags: '--from <earliest|latest>',
    path: ['input', 'from'],
    help: 'start position of a new group (default: earliest)',
  },
  {
    flags: '--input-rate <n>',
    path: ['input', 'rate'],
    read: toNumber,
    help: 'most images taken per second (default: unlimited)',
  },
  {
    flags: '--instance-id <id>',
    path: ['instanceId'],
    help: 'unique id of this process (default: one kept on disk)',
  },
  {
    flags: '--embedded',
    path: ['kafka', 'embedded'],
    value: true,
    help: 'with kafka: broker inside this process, for tests',
  },
  {
    flags: '--create-topics',
    path: ['createTopics'],
    value: true,
    help: 'create missing topics (default: memory, embedded, emulator)',
  },
  { flags: '--no-create-topics', path: ['createTopics'], value: false, help: 'never create topics' },
  {
    flags: '--host <address>',
    path: ['http', 'host'],
    help: 'address of the page and API (default: 127.0.0.1)',
  },
  {
    flags: '--port <n>',
    path: ['http', 'port'],
    read: toNumber,
    help: 'port of the page and API; 0: any free one (default: 8080)',
  },
  { flags: '--no-http', path: ['http', 'enabled'], value: false, help: 'no page and no API' },
  { flags: '--token <secret>', path: ['http', 'token'], help: 'bearer token, required beyond loopback' },
  {
    flags: '--store <file|url|none>',
    path: ['store', 'path'],
    help: 'results store (default: predictions.db in the data folder)',
  },
  { flags: '--no-store', path: ['store', 'path'], value: 'none', help: 'results in memory only' },
  {
    flags: '--store-images <all|wrong|none>',
    path: ['store', 'images'],
    help: 'predictions whose images are stored (default: all)',
  },
  {
    flags: '--demo',
    path: ['demo', 'enabled'],
    value: true,
    help: 'publisher of test images (default: on with memory)',
  },
  { flags: '--no-demo', path: ['demo', 'enabled'], value: false, help: 'no demo publisher' },
  {
    flags: '--rate <n>',
    path: ['demo', 'rate'],
    read: toNumber,
    help: 'demo images per second (default: 40)',
  },
  {
    flags: '--shutdown-timeout <duration>',
    path: ['shutdownTimeout'],
    read: toDuration,
    help: 'time limit of the drain on shutdown (default: 25s)',
  },
];

/** Every flag that sets a setting; `serve` has another text for one of them. */
export const CONFIG_FLAGS: readonly ConfigFlag[] = [...BROKER_FLAGS, ...INFERENCE_FLAGS, ...RUN_FLAGS];

/** The flags of `run` that `serve` has, too. */
const SERVED = [
  '--instance-id',
  '--create-topics',
  '--no-create-topics',
  '--host',
  '--port',
  '--token',
  '--no-store',
];
const SERVE_FLAGS: readonly ConfigFlag[] = [
  ...RUN_FLAGS.filter(({ flags }) => SERVED.includes(flags.split(' ')[0] as string)),
  {
    flags: '--store <file|url|none>',
    path: ['store', 'path'],
    help: 'own results store (default: serve.db in the data folder)',
  },
  DATA_DIR,
];

/** Which flags a command has; each scope includes `broker`, and `run` includes `inference`. */
export type FlagScope = 'broker' | 'serve' | 'inference' | 'run';

export function flagsOf(scope: FlagScope): readonly ConfigFlag[] {
  return {
    broker: BROKER_FLAGS,
    serve: [...BROKER_FLAGS, ...SERVE_FLAGS],
    inference: [...BROKER_FLAGS, ...INFERENCE_FLAGS],
    run: CONFIG_FLAGS,
  }[scope];
}
