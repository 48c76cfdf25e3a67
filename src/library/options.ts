import { z } from 'zod';
import { StreamInferError } from '../core/errors';
import type { Broker, Log } from '../core/ports';

interface CommonOptions {
  /**
   * Names this program to the broker. On Kafka, a member of a group that comes back under its name has its partitions at
   * once, so give one if your program has a name that outlasts a restart, and no two processes the same one. Made up if
   * absent.
   */
  readonly instanceId?: string;
  /** Where the library says what it waits for and what went wrong; pino fits. Warnings on stderr if absent. */
  readonly log?: Log;
  /**
   * Whether producers and consumers make missing topics and subscriptions themselves. Absent: for memory, embedded and the
   * Pub/Sub emulator, where nobody else could mind.
   */
  readonly createTopics?: boolean;
  /** Of a topic that is made, where the broker has partitions; 4 if absent. */
  readonly partitions?: number;
}

/** A broker inside this process, for tests and demos: everything is gone when the connection closes. */
export interface MemoryOptions extends CommonOptions {
  readonly kind: 'memory';
  /** Messages kept in a partition; publishers wait for readers beyond it. 20,000 if absent. */
  readonly retention?: number;
  /** A delivery that is not settled for so long comes again, ms; ten minutes if absent. */
  readonly redeliverAfterMs?: number;
}

export interface KafkaOptions extends CommonOptions {
  readonly kind: 'kafka';
  /** `KAFKA_BOOTSTRAP_SERVERS`, else localhost:9092, if absent. */
  readonly bootstrapServers?: string;
  /** Any librdkafka property, but for those that would break a delivery promise. */
  readonly properties?: Readonly<Record<string, string>>;
  /** Run librdkafka's mock cluster inside this process and use that. */
  readonly embedded?: boolean;
}

export interface PubsubOptions extends CommonOptions {
  readonly kind: 'pubsub';
  /** `GOOGLE_CLOUD_PROJECT`, or what the credentials say, if absent. `PUBSUB_EMULATOR_HOST` is heeded. */
  readonly project?: string;
}

/** An adapter of your own. It has to keep the contract in `stream-infer/testing`. */
export interface AdapterOptions extends CommonOptions {
  readonly kind: 'adapter';
  readonly adapter: Broker;
}

export type BrokerOptions = MemoryOptions | KafkaOptions | PubsubOptions | AdapterOptions;

export const aFunction = z.custom<(...args: never[]) => unknown>(
  (value) => typeof value === 'function',
  'expected a function',
);
export const topicName = z.string('a topic is named by text').min(1, 'a topic has a name');
export const aLog = z.custom<Log>(
  (value) =>
    typeof value === 'object' &&
    value !== null &&
    ['debug', 'info', 'warn', 'error'].every(
      (level) => typeof (value as Record<string, unknown>)[level] === 'function',
    ),
  'expected an object with debug, info, warn and error',
);
const adapter = z.custom<Broker>(
  (value) =>
    typeof value === 'object' &&
    value !== null &&
    typeof (value as Partial<Broker>).createSource === 'function' &&
    typeof (value as Partial<Broker>).createSink === 'function',
  'expected a Broker, with createSource, createSink and createAdmin',
);
const common = {
  instanceId: z.string().min(1).optional(),
  log: aLog.optional(),
  createTopics: z.boolean().optional(),
  partitions: z.int().positive().optional(),
};

const schema = z.discriminatedUnion('kind', [
  z.strictObject({
    ...common,
    kind: z.literal('memory'),
    retention: z.int().positive().optional(),
    redeliverAfterMs: z.number().positive().optional(),
  }),
  z.strictObject({
    ...common,
    kind: z.literal('kafka'),
    bootstrapServers: z.string().min(1).optional(),
    properties: z.record(z.string(), z.string()).optional(),
    embedded: z.boolean().optional(),
  }),
  z.strictObject({ ...common, kind: z.literal('pubsub'), project: z.string().min(1).optional() }),
  z.strictObject({ ...common, kind: z.literal('adapter'), adapter }),
]);

const KINDS = ['memory', 'kafka', 'pubsub', 'adapter'];

/** Throws UNKNOWN_BROKER, or CONFIG_INVALID with every mistake: not every caller has TypeScript to tell. */
export function assertBrokerOptions(options: BrokerOptions): void {
  const kind: unknown = (options as { kind?: unknown } | undefined)?.kind;
  if (!KINDS.includes(kind as string)) {
    throw new StreamInferError(
      'UNKNOWN_BROKER',
      `The broker kind ${JSON.stringify(kind)} is unknown; use one of ${KINDS.join(', ')}.`,
    );
  }
  assertShape(schema, options, 'connectBroker');
}

/** Throws CONFIG_INVALID that lists what is wrong with the options of a call. */
export function assertShape(shape: z.ZodType, options: unknown, call: string): void {
  const parsed = shape.safeParse(options);
  if (parsed.success) return;
  const mistakes = parsed.error.issues.map(
    (issue) => `  ${issue.path.join('.') || 'options'}: ${issue.message}`,
  );
  throw new StreamInferError(
    'CONFIG_INVALID',
    `the options of ${call} have mistakes:\n${mistakes.join('\n')}`,
  );
}
