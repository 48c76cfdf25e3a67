import { readFileSync } from 'node:fs';
import { Option, type Command } from 'commander';
import { parseClientProperties } from '../brokers/kafka/client-properties';
import { parseKafkaOverrides } from '../brokers/kafka/properties';
import { parseBytes, parseDuration } from '../config/duration';
import { whyUnreadable } from '../config/file';
import { emptyLayer, setAt, type ConfigLayer } from '../config/layers';
import { loadConfig, type LoadedConfig } from '../config/load';
import type { ConfigInput } from '../config/schema';
import { DEFAULT_MODEL } from '../core/default-model';
import { StreamInferError } from '../core/errors';

/** A flag that sets one setting of the configuration. The schema validates its value. */
interface ConfigFlag {
  readonly flags: string;
  readonly path: readonly string[];
  readonly help: string;
  /** From the text on the command line to what the schema expects; text that does not fit stays text. */
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
    help: 'memory, kafka or pubsub (default: memory, which lives inside run)',
  },
  { flags: '--input-topic <name>', path: ['input', 'topic'], help: 'topic with images (default: images)' },
  {
    flags: '--output-topic <name>',
    path: ['output', 'topic'],
    help: 'topic for predictions (default: predictions)',
  },
  {
    flags: '--dlq-topic <name>',
    path: ['output', 'dlq'],
    help: 'topic for what is no image (default: <input>.dlq)',
  },
  {
    flags: '--bootstrap-servers <list>',
    path: ['kafka', 'properties', 'bootstrap.servers'],
    help: 'Kafka brokers (default: localhost:9092)',
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
    help: 'how logs are written on stderr (default: auto)',
  },
];

const INFERENCE_FLAGS: readonly ConfigFlag[] = [
  {
    flags: '--model <name[@version]|dir>',
    path: ['inference', 'model'],
    help: `model to serve (default: ${DEFAULT_MODEL})`,
  },
  {
    flags: '--runtime <auto|onnx|tfjs-node|tfjs-wasm>',
    path: ['inference', 'runtime'],
    help: 'what executes it (default: auto)',
  },
  {
    flags: '--precision <auto|fp32|int8>',
    path: ['inference', 'precision'],
    help: 'auto: int8 where it is exact and faster (default: auto)',
  },
  {
    flags: '--workers <n|auto>',
    path: ['inference', 'workers'],
    read: toNumber,
    help: 'worker threads (default: auto, one a core)',
  },
  {
    flags: '--max-batch <n>',
    path: ['inference', 'maxBatch'],
    read: toNumber,
    help: 'most images in a batch (default: 256)',
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
    help: 'most messages in flight (default: 4096)',
  },
  {
    flags: '--max-in-flight-bytes <n>',
    path: ['inference', 'maxInFlightBytes'],
    read: toBytes,
    help: 'most bytes in flight (default: 64MiB)',
  },
  {
    flags: '--invert <auto|always|never>',
    path: ['inference', 'invert'],
    help: 'invert encoded images with a bright background (default: auto)',
  },
  {
    flags: '--delivery <at-least-once|exactly-once>',
    path: ['delivery'],
    help: 'what a crash may do: repeat predictions, or not even that (default: at-least-once)',
  },
  {
    flags: '--output-headers <none|json|cloudevents>',
    path: ['output', 'headers'],
    help: 'headers added to a prediction (default: json, content-type alone)',
  },
  { flags: '--data-dir <dir>', path: ['dataDir'], help: 'folder with the Fashion-MNIST files' },
];

const RUN_FLAGS: readonly ConfigFlag[] = [
  {
    flags: '--model-control <none|poll|explicit>',
    path: ['models', 'control'],
    help: 'who may exchange the model while it serves: the newest version in its folder, or calls (default: none)',
  },
  { flags: '--group <id>', path: ['input', 'group'], help: 'Kafka consumer group (default: stream-infer)' },
  {
    flags: '--from <earliest|latest>',
    path: ['input', 'from'],
    help: 'where a new group starts (default: earliest)',
  },
  {
    flags: '--instance-id <id>',
    path: ['instanceId'],
    help: 'names this process to the broker, one id each (default: one kept on disk)',
  },
  {
    flags: '--embedded',
    path: ['kafka', 'embedded'],
    value: true,
    help: 'with kafka: run a Kafka protocol broker in this process',
  },
  {
    flags: '--create-topics',
    path: ['createTopics'],
    value: true,
    help: 'make missing topics (default: on for memory, embedded, emulator)',
  },
  { flags: '--no-create-topics', path: ['createTopics'], value: false, help: 'never make topics' },
  {
    flags: '--host <address>',
    path: ['http', 'host'],
    help: 'address of the page and API (default: 127.0.0.1)',
  },
  {
    flags: '--port <n>',
    path: ['http', 'port'],
    read: toNumber,
    help: 'port of the page and API, 0 = any free one (default: 8080)',
  },
  { flags: '--no-http', path: ['http', 'enabled'], value: false, help: 'no page and no API' },
  { flags: '--token <secret>', path: ['http', 'token'], help: 'bearer token that requests must carry' },
  {
    flags: '--store <file|none>',
    path: ['store', 'path'],
    help: 'file that results outlast the process in (default: predictions.db in the data folder; none with memory, embedded, or --no-http without rules)',
  },
  { flags: '--no-store', path: ['store', 'path'], value: 'none', help: 'keep results in memory only' },
  {
    flags: '--store-images <all|wrong|none>',
    path: ['store', 'images'],
    help: 'whose images are stored (default: all)',
  },
  {
    flags: '--demo',
    path: ['demo', 'enabled'],
    value: true,
    help: 'publish real test images all the time (default: on with memory)',
  },
  { flags: '--no-demo', path: ['demo', 'enabled'], value: false, help: 'no demo publisher' },
  { flags: '--rate <n>', path: ['demo', 'rate'], read: toNumber, help: 'demo images a second (default: 40)' },
  {
    flags: '--shutdown-timeout <duration>',
    path: ['shutdownTimeout'],
    read: toDuration,
    help: 'budget of a drain (default: 25s)',
  },
];

/** Every flag that sets a setting; `serve` words one of them differently. */
export const CONFIG_FLAGS: readonly ConfigFlag[] = [...BROKER_FLAGS, ...INFERENCE_FLAGS, ...RUN_FLAGS];

/** Of `run`, those that the process beside it has, too. */
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
    flags: '--store <file|none>',
    path: ['store', 'path'],
    help: 'file of this process alone, with what it has read (default: serve.db in the data folder)',
  },
  { flags: '--data-dir <dir>', path: ['dataDir'], help: 'folder with the Fashion-MNIST files' },
];

/** Adds `--config`, the flags of every command that talks to a broker, and those of `run` where asked for. */
export function addConfigFlags(command: Command, scope: FlagScope): Command {
  command.option('-c, --config <file>', 'configuration file (default: ./stream-infer.yaml if there)');
  for (const flag of flagsOf(scope)) command.addOption(new Option(flag.flags, flag.help));
  refuseContradictions(command, scope);
  command.option('-X <key=value>', 'any librdkafka property; may be repeated', collect);
  command.option('--kafka-config <file>', 'Kafka client.properties file');
  return command;
}

/** `--store <file>` and `--no-store`: commander would quietly take the one that comes last. */
function refuseContradictions(command: Command, scope: FlagScope): void {
  const given = new Map<string, string>();
  for (const { flags } of flagsOf(scope)) {
    const option = new Option(flags);
    const { long } = option;
    command.on(`option:${option.name()}`, () => {
      const first = given.get(option.attributeName()) ?? long ?? flags;
      if (first !== long)
        throw new StreamInferError('USAGE', `${first} and ${long} contradict one another; give one of them`);
      given.set(option.attributeName(), first);
    });
  }
}

/**
 * The configuration that flags, environment and file give together. Throws CONFIG_INVALID.
 *
 * @param forced what the command decides for itself, by dotted path
 * @param defaults the command's own, over which all others win
 */
export function configFrom(
  command: Command,
  scope: FlagScope,
  forced: Partial<Record<string, unknown>> = {},
  defaults: ConfigInput = {},
): LoadedConfig {
  const layer = emptyLayer();
  for (const [dotted, value] of Object.entries(forced)) setAt(layer, dotted.split('.'), value, 'command');
  const given = command.opts<Record<string, unknown>>();
  for (const flag of flagsOf(scope)) {
    const option = new Option(flag.flags);
    const name = option.attributeName();
    if (command.getOptionValueSource(name) !== 'cli' || !matches(flag, option, given[name])) continue;
    const value = flag.value ?? (flag.read ? flag.read(String(given[name])) : given[name]);
    setAt(layer, flag.path, value, `flag ${option.long}`);
  }
  addKafkaProperties(layer, given);
  return loadConfig({ defaults, flags: layer, file: given['config'] as string | undefined });
}

/** `--demo` and `--no-demo`, `--store <file>` and `--no-store` share one attribute: only the one that was given counts. */
function matches(flag: ConfigFlag, option: Option, given: unknown): boolean {
  return flag.value === undefined ? typeof given !== 'boolean' : given === !option.negate;
}

function addKafkaProperties(layer: ConfigLayer, given: Record<string, unknown>): void {
  const file = given['kafkaConfig'] as string | undefined;
  const explicit = new Set(layer.sources.keys());
  const properties = [
    ...Object.entries(file === undefined ? {} : pastedProperties(file)).map(
      ([key, value]) => [key, value, `file ${file}`] as const,
    ),
    ...Object.entries(parseKafkaOverrides((given['X'] ?? []) as string[])).map(
      ([key, value]) => [key, value, 'flag -X'] as const,
    ),
  ];
  for (const [key, value, source] of properties) {
    if (!explicit.has(`kafka.properties.${key}`)) setAt(layer, ['kafka', 'properties', key], value, source);
  }
}

/** Says in one line on stderr which lines of the file are left out. */
function pastedProperties(file: string): Record<string, string> {
  const { properties, ignored } = parseClientProperties(readProperties(file));
  if (ignored.length > 0) process.stderr.write(`${file}: not used here: ${ignored.join(', ')}\n`);
  return properties;
}

function readProperties(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    throw new StreamInferError('USAGE', `--kafka-config ${file}: ${whyUnreadable(error)}`, { cause: error });
  }
}

/** What a command has flags for; each scope includes `broker`, and `run` includes `inference`. */
export type FlagScope = 'broker' | 'serve' | 'inference' | 'run';

function flagsOf(scope: FlagScope): readonly ConfigFlag[] {
  return {
    broker: BROKER_FLAGS,
    serve: [...BROKER_FLAGS, ...SERVE_FLAGS],
    inference: [...BROKER_FLAGS, ...INFERENCE_FLAGS],
    run: CONFIG_FLAGS,
  }[scope];
}

function collect(value: string, previous: readonly string[] = []): string[] {
  return [...previous, value];
}
