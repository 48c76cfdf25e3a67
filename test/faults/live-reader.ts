import {
  connectClient,
  consume,
  disconnectClient,
  loadKafka,
  partitionsOf,
  topicMetadata,
} from '../../src/brokers/kafka/client';
import {
  createConsumer,
  type Message,
  type NativeConsumer,
  type NativeProducer,
} from '../../src/brokers/kafka/native';
import { until } from '../helpers/cli';
import { pause } from './watch';

/** A client without a message for this long is replaced, ms: after two freezes librdkafka may never reconnect. */
const SILENT = 15_000;

/** By topic, how many partitions it has. */
export type Topics = Readonly<Record<string, number>>;

/** Reads committed messages of topics from their beginning, outside of any group. Replaces a silent client. */
export class LiveReader {
  /** The next offset, by `topic/partition`. */
  readonly #positions = new Map<string, number>();
  readonly #loop: Promise<void>;
  #consumer: NativeConsumer | undefined;
  #stopping = false;
  #renewing = false;
  #heardAt = performance.now();

  constructor(
    private readonly servers: string,
    private readonly topics: Topics,
    private readonly onMessage: (message: Message) => void,
  ) {
    this.#loop = this.#run();
  }

  /** A new client takes over where the old one was: also this one's client may never connect again. */
  renew(): void {
    this.#renewing = true;
  }

  async close(): Promise<void> {
    this.#stopping = true;
    await this.#loop;
    if (this.#consumer !== undefined) await disconnectClient(this.#consumer);
  }

  async #run(): Promise<void> {
    while (!this.#stopping) {
      const consumer = await this.#current();
      // Ignores errors of an outage; the consumer reconnects automatically.
      const messages =
        consumer === undefined ? [] : await consume(consumer, 1_000).catch((): Message[] => []);
      for (const message of messages) {
        this.#positions.set(`${message.topic}/${message.partition}`, message.offset + 1);
        this.onMessage(message);
      }
      if (messages.length > 0) this.#heardAt = performance.now();
      else await pause(20);
    }
  }

  async #current(): Promise<NativeConsumer | undefined> {
    const isSilent = performance.now() - this.#heardAt > SILENT;
    if (this.#consumer !== undefined && !this.#renewing && !isSilent) return this.#consumer;
    this.#renewing = false;
    this.#heardAt = performance.now();
    if (this.#consumer !== undefined) void disconnectClient(this.#consumer);
    this.#consumer = await openReader(
      this.servers,
      this.topics,
      (place) => this.#positions.get(place) ?? 0,
    ).catch(() => undefined);
    return this.#consumer;
  }
}

/** A consumer of committed messages that is assigned every partition. */
export async function openReader(
  servers: string,
  topics: Topics,
  startOf: (place: string) => number,
): Promise<NativeConsumer> {
  const consumer = createConsumer(loadKafka(), {
    'bootstrap.servers': servers,
    'group.id': 'the-reader-is-in-no-group',
    'enable.auto.commit': false,
    'auto.offset.reset': 'earliest',
    'isolation.level': 'read_committed',
    'enable.partition.eof': true,
    'receive.message.max.bytes': 200_000_000,
    'socket.timeout.ms': 10_000,
    'reconnect.backoff.max.ms': 500,
    'metadata.recovery.rebootstrap.trigger.ms': 10_000,
    'topic.metadata.refresh.interval.ms': 1_000,
  });
  consumer.on('event.error', () => undefined);
  await connectClient(consumer);
  consumer.setDefaultConsumeTimeout(50);
  consumer.setDefaultIsTimeoutOnlyForFirstMessage(true);
  const assignments = Object.entries(topics).flatMap(([topic, count]) =>
    Array.from({ length: count }, (_, partition) => ({
      topic,
      partition,
      offset: startOf(`${topic}/${partition}`),
    })),
  );
  consumer.assign(assignments);
  return consumer;
}

/** Waits for the topic to exist. */
export async function partitionCount(
  client: NativeConsumer | NativeProducer,
  topic: string,
): Promise<number> {
  let count = 0;
  await until(
    async () => {
      count = partitionsOf(await topicMetadata(client, topic), topic).length;
      return count > 0;
    },
    60_000,
    () => `the topic ${topic} does not appear`,
  );
  return count;
}
