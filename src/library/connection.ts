import { idOf } from '../config/names';
import { hostname } from 'node:os';
import { randomBytes } from 'node:crypto';
import { ensureTopics } from '../setup/topics';
import { createLogger } from '../setup/logger';
import { createBroker, type BrokerSettings } from '../brokers/registry';
import { createsTopicsByDefault } from '../core/broker-traits';
import { StreamInferError, messageOf } from '../core/errors';
import type { Delivery } from '../core/message';
import type { Broker, BrokerAdmin, Log, TopicRequest } from '../core/ports';
import { toConsumerSettings, type ConsumerOptions, type TypedConsumerOptions } from './consumer-options';
import { HandlingConsumer, type Consumer } from './consumer';
import type { ManualMessage, Message } from './message';
import { assertBrokerOptions, type BrokerOptions } from './options';
import { assertProducerOptions, SinkProducer, type Producer, type ProducerOptions } from './producer';
import type { Deserializer } from './serialization';

/** A handler's return value is ignored; only its completion counts. */
export type Handler<M> = (message: M) => void | Promise<void>;

/** One broker of any kind, and its producers and consumers. */
export interface BrokerConnection {
  readonly kind: BrokerOptions['kind'];
  /** The broker adapter, for everything beyond producers and consumers. */
  readonly adapter: Broker;
  createProducer<T>(topic: string, options: ProducerOptions<T>): Producer<T>;
  /** Sends bytes unchanged. */
  createProducer(topic: string): Producer<Uint8Array | string>;
  /** Starts immediately. The handler settles each message itself. */
  createConsumer<T>(
    topic: string,
    options: TypedConsumerOptions<T> & { readonly settle: 'manual' },
    handler: Handler<ManualMessage<T>>,
  ): Consumer;
  createConsumer(
    topic: string,
    options: ConsumerOptions & { readonly settle: 'manual' } & { readonly deserialize?: undefined },
    handler: Handler<ManualMessage<Buffer>>,
  ): Consumer;
  /** Starts immediately. A message is settled when the handler's promise resolves, and retried when it rejects. */
  createConsumer<T>(topic: string, options: TypedConsumerOptions<T>, handler: Handler<Message<T>>): Consumer;
  createConsumer(
    topic: string,
    options: ConsumerOptions & { readonly deserialize?: undefined },
    handler: Handler<Message<Buffer>>,
  ): Consumer;
  /** Creates missing topics and returns their names; waits for an unreachable broker until `signal` aborts. */
  createTopics(topics: readonly TopicRequest[], signal?: AbortSignal): Promise<string[]>;
  /** Returns the names of the topics that existed. */
  deleteTopics(topics: readonly TopicRequest[], signal?: AbortSignal): Promise<string[]>;
  /** Closes all consumers, then all producers, then the broker. Later calls fail with NOT_READY. */
  close(): Promise<void>;
}

const DEFAULT_PARTITIONS = 4;

/**
 * Selects a broker. Producers and consumers connect to it later, and wait while it is unreachable (see `ready`).
 * Rejects with UNKNOWN_BROKER, CONFIG_INVALID, or DEPENDENCY_MISSING if a native package is not installed.
 */
export async function connectBroker(options: BrokerOptions): Promise<BrokerConnection> {
  assertBrokerOptions(options);
  const log = options.log ?? createLogger({ level: 'warn', format: 'auto' });
  const { kind } = options;
  const adapter = kind === 'adapter' ? options.adapter : await openAdapter(options, log);
  return new Connection(options, adapter, log);
}

async function openAdapter(options: Exclude<BrokerOptions, { kind: 'adapter' }>, log: Log): Promise<Broker> {
  const instanceId = options.instanceId ?? `${hostname()}-${randomBytes(4).toString('hex')}`;
  const context = { instanceId, staticMembers: options.instanceId !== undefined, log };
  return await createBroker(options.kind, toSettings(options), context);
}

function toSettings(options: BrokerOptions): BrokerSettings {
  const partitions = options.partitions ?? DEFAULT_PARTITIONS;
  const memory = { partitions, retention: 20_000, redeliverAfterMs: 600_000 };
  const settings: BrokerSettings = { kafka: { properties: {}, embedded: false }, pubsub: {}, memory };
  switch (options.kind) {
    case 'memory': {
      const { retention = memory.retention, redeliverAfterMs = memory.redeliverAfterMs } = options;
      return { ...settings, memory: { partitions, retention, redeliverAfterMs } };
    }
    case 'kafka': {
      const servers = options.bootstrapServers ?? process.env['KAFKA_BOOTSTRAP_SERVERS'] ?? 'localhost:9092';
      const properties = { 'bootstrap.servers': servers, ...options.properties };
      const { embedded = false, identity, oidc, aws, gcp, azure, token } = options;
      const kafka = { properties, embedded, identity, oidc, aws, gcp, azure, token };
      return { ...settings, kafka };
    }
    case 'pubsub': {
      const project = options.project ?? process.env['GOOGLE_CLOUD_PROJECT'];
      return { ...settings, pubsub: project === undefined ? {} : { project } };
    }
    case 'adapter':
      return settings;
  }
}

class Connection implements BrokerConnection {
  readonly kind: BrokerOptions['kind'];
  readonly #producers = new Set<Producer<never>>();
  readonly #consumers = new Set<Consumer>();
  #closed: Promise<void> | undefined;

  constructor(
    private readonly options: BrokerOptions,
    readonly adapter: Broker,
    private readonly log: Log,
  ) {
    this.kind = options.kind;
  }

  createProducer<T>(topic: string, options?: ProducerOptions<T>): Producer<T> {
    this.#assertOpen();
    assertProducerOptions(topic, options);
    const producer: Producer<T> = new SinkProducer<T>({
      topic,
      sink: this.adapter.createSink(),
      serialize: options?.serialize ?? ((value) => value as Uint8Array | string),
      prepare: this.#preparing([this.#request(topic)]),
      onClosed: () => this.#producers.delete(producer),
    });
    this.#producers.add(producer);
    return producer;
  }

  createConsumer<T>(
    topic: string,
    options: ConsumerOptions & { readonly deserialize?: Deserializer<T> | undefined },
    handler: Handler<ManualMessage<T>>,
  ): Consumer {
    this.#assertOpen();
    const settings = toConsumerSettings(topic, options, handler);
    const { group, subscription, deadLetterTopic } = settings;
    const hasDeadLetters = group !== null && deadLetterTopic !== null;
    const requests = [this.#request(topic, group === null ? undefined : subscription)];
    if (hasDeadLetters) requests.push(this.#request(deadLetterTopic, `${idOf(deadLetterTopic)}-sub`));
    const consumer: Consumer = new HandlingConsumer<T>({
      topic,
      settings,
      source: this.adapter.createSource({
        topic,
        group,
        ...(subscription !== undefined && { subscription }),
        from: settings.from,
        maxInFlight: settings.maxInFlight,
        maxInFlightBytes: settings.maxInFlightBytes,
        handlingMs: settings.handlerTimeoutMs * settings.attempts,
      }),
      sink: hasDeadLetters ? this.adapter.createSink() : null,
      prepare: this.#preparing(requests),
      deserialize: options.deserialize ?? ((bytes) => bytes as T),
      handler,
      onError: options.onError ?? ((error, delivery) => this.#warn(error, delivery)),
      log: this.log,
      onClosed: () => this.#consumers.delete(consumer),
    });
    this.#consumers.add(consumer);
    return consumer;
  }

  async createTopics(
    topics: readonly TopicRequest[],
    signal = new AbortController().signal,
  ): Promise<string[]> {
    this.#assertOpen();
    return await ensureTopics(this.adapter, topics, this.log, signal);
  }

  async deleteTopics(topics: readonly TopicRequest[], signal?: AbortSignal): Promise<string[]> {
    this.#assertOpen();
    return await this.#withAdmin((admin) => admin.deleteTopics(topics, signal));
  }

  close(): Promise<void> {
    return (this.#closed ??= this.#close());
  }

  async #withAdmin<R>(work: (admin: BrokerAdmin) => Promise<R>): Promise<R> {
    const admin = this.adapter.createAdmin();
    try {
      return await work(admin);
    } finally {
      await admin.close();
    }
  }

  async #close(): Promise<void> {
    await Promise.all([...this.#consumers].map((consumer) => consumer.close()));
    await Promise.all([...this.#producers].map((producer) => producer.close()));
    await this.adapter.close();
  }

  /** A producer or consumer created after `close` would never be closed. */
  #assertOpen(): void {
    if (this.#closed) throw new StreamInferError('NOT_READY', 'the connection to the broker is closed');
  }

  #request(topic: string, subscription?: string): TopicRequest {
    const partitions = this.options.partitions ?? DEFAULT_PARTITIONS;
    return { topic, partitions, ...(subscription !== undefined && { subscription }) };
  }

  #preparing(topics: readonly TopicRequest[]): (signal: AbortSignal) => Promise<void> {
    return async (signal) => {
      if (this.#createsTopics()) await ensureTopics(this.adapter, topics, this.log, signal);
    };
  }

  #createsTopics(): boolean {
    const { options } = this;
    if (options.createTopics !== undefined || options.kind === 'adapter')
      return options.createTopics ?? false;
    return createsTopicsByDefault(options.kind, options.kind === 'kafka' && options.embedded === true);
  }

  #warn(error: StreamInferError, delivery: Delivery | null): void {
    this.log.warn(
      { code: error.code, sourceId: delivery?.sourceId, error: messageOf(error) },
      'consumer error',
    );
  }
}
