import { StreamInferError } from '../../core/errors';
import type { BrokerAdmin, Log, TopicRequest } from '../../core/ports';
import { connectClient, disconnectClient, topicMetadata } from './client';
import { createProducer, type NativeProducer, type NativeSdk } from './native';

/**
 * librdkafka's mock cluster in this process: one broker on a random loopback port that speaks Kafka's protocol. For
 * trials only: every topic has 4 partitions and appears on first use. Above 5 MiB per partition (about 6,500 images)
 * it silently drops its oldest messages, and everything is lost when the process ends.
 */
export class EmbeddedCluster {
  #producer: NativeProducer | undefined;
  #starting: Promise<string> | undefined;
  readonly #topics = new Set<string>();
  /** `host:port` once it runs. */
  address: string | undefined;

  constructor(
    private readonly sdk: NativeSdk,
    private readonly log: Log,
  ) {}

  /** Starts it on the first call; resolves with the address. */
  start(): Promise<string> {
    this.#starting ??= this.#start();
    return this.#starting;
  }

  async stop(): Promise<void> {
    await this.#starting?.catch(() => undefined);
    this.#starting = undefined;
    this.address = undefined;
    if (this.#producer !== undefined) await disconnectClient(this.#producer);
    this.#producer = undefined;
  }

  createAdmin(): BrokerAdmin {
    return {
      createTopics: (topics) => this.#createTopics(topics),
      deleteTopics: async (topics) => this.#forget(topics),
      close: async () => undefined,
    };
  }

  async #start(): Promise<string> {
    const producer = createProducer(this.sdk, {
      'test.mock.num.brokers': '1',
      'client.id': 'stream-infer-embedded',
    });
    producer.on('event.log', (event: { message?: string }) =>
      this.log.debug({ librdkafka: event.message }, 'embedded kafka'),
    );
    const { brokers } = await connectClient(producer);
    this.#producer = producer;
    const [broker] = brokers;
    if (broker === undefined)
      throw new StreamInferError('INTERNAL', 'the embedded Kafka cluster has no broker');
    this.address = `${broker.host}:${broker.port}`;
    this.log.info(
      { address: this.address },
      'embedded Kafka is up; above 5 MiB per partition (about 6,500 images) it silently drops the oldest messages',
    );
    return this.address;
  }

  /** The cluster has no request for it, but creates a topic when its metadata is requested. */
  async #createTopics(topics: readonly TopicRequest[]): Promise<string[]> {
    await this.start();
    const made: string[] = [];
    for (const { topic } of topics) {
      if (this.#topics.has(topic) || this.#producer === undefined) continue;
      await topicMetadata(this.#producer, topic);
      this.#topics.add(topic);
      made.push(topic);
    }
    return made;
  }

  #forget(topics: readonly TopicRequest[]): string[] {
    const known = topics.map(({ topic }) => topic).filter((topic) => this.#topics.delete(topic));
    if (known.length > 0)
      this.log.warn(
        { topics: known },
        'embedded Kafka cannot delete topics; they are kept until the process ends',
      );
    return known;
  }
}
