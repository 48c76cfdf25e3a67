import { z } from 'zod';
import type { KafkaIdentity } from '../brokers/kafka/identity/settings';
import { kafkaIdentityShape } from '../config/kafka';
import { StreamInferError } from '../core/errors';
import type { Broker, Log } from '../core/ports';

interface CommonOptions {
  /**
   * Names this process to the broker; generated if absent. On Kafka, a restarted group member with the same name gets its
   * partitions back immediately. Set it to a name that outlasts a restart and is unique among processes.
   */
  readonly instanceId?: string;
  /** Logger, such as pino. Warnings go to stderr if absent. */
  readonly log?: Log;
  /**
   * Whether producers and consumers create missing topics and subscriptions. If absent: only for memory, embedded Kafka
   * and the Pub/Sub emulator.
   */
  readonly createTopics?: boolean;
  /** Partitions of a created topic, if the broker has partitions; 4 if absent. */
  readonly partitions?: number;
}

/** A broker inside this process, for tests and demos; its messages are lost when the connection closes. */
export interface MemoryOptions extends CommonOptions {
  readonly kind: 'memory';
  /** Messages kept per partition before publishers have to wait; 20,000 if absent. */
  readonly retention?: number;
  /** An unsettled delivery is redelivered after this time, ms; ten minutes if absent. */
  readonly redeliverAfterMs?: number;
}

/** With `identity` or `token`, the clients authenticate with tokens (SASL/OAUTHBEARER). */
export interface KafkaOptions extends CommonOptions, KafkaIdentity {
  readonly kind: 'kafka';
  /** `KAFKA_BOOTSTRAP_SERVERS` if absent, or localhost:9092. */
  readonly bootstrapServers?: string;
  /** Any librdkafka property that does not break a delivery guarantee. */
  readonly properties?: Readonly<Record<string, string>>;
  /** Uses librdkafka's mock cluster inside this process. */
  readonly embedded?: boolean;
}

export interface PubsubOptions extends CommonOptions {
  readonly kind: 'pubsub';
  /** `GOOGLE_CLOUD_PROJECT` or the project of the credentials if absent. `PUBSUB_EMULATOR_HOST` is supported. */
  readonly project?: string;
}

/** A custom adapter. It must fulfil the contract in `stream-infer/testing`. */
export interface AdapterOptions extends CommonOptions {
  readonly kind: 'adapter';
  readonly adapter: Broker;
}

export type BrokerOptions = MemoryOptions | KafkaOptions | PubsubOptions | AdapterOptions;

export const aFunction = z.custom<(...args: never[]) => unknown>(
  (value) => typeof value === 'function',
  'expected a function',
);
export const topicName = z.string('expected text').min(1, 'expected a topic name');
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
    ...kafkaIdentityShape,
    token: aFunction.optional(),
  }),
  z.strictObject({ ...common, kind: z.literal('pubsub'), project: z.string().min(1).optional() }),
  z.strictObject({ ...common, kind: z.literal('adapter'), adapter }),
]);

const KINDS = ['memory', 'kafka', 'pubsub', 'adapter'];

/** Throws UNKNOWN_BROKER, or CONFIG_INVALID with all errors: not every caller uses TypeScript. */
export function assertBrokerOptions(options: BrokerOptions): void {
  const kind: unknown = (options as { kind?: unknown } | undefined)?.kind;
  if (!KINDS.includes(kind as string)) {
    throw new StreamInferError(
      'UNKNOWN_BROKER',
      `the broker kind ${JSON.stringify(kind)} is unknown; use one of ${KINDS.join(', ')}`,
    );
  }
  assertShape(schema, options, 'connectBroker');
}

/** Throws CONFIG_INVALID with all errors in the options of a call. */
export function assertShape(shape: z.ZodType, options: unknown, call: string): void {
  const parsed = shape.safeParse(options);
  if (parsed.success) return;
  const mistakes = parsed.error.issues.map(
    (issue) => `  ${issue.path.join('.') || 'options'}: ${issue.message}`,
  );
  throw new StreamInferError('CONFIG_INVALID', `invalid options for ${call}:\n${mistakes.join('\n')}`);
}
