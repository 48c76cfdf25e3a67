import {
  connectClient,
  consume,
  disconnectClient,
  loadKafka,
  partitionsOf,
  topicMetadata,
} from '../../src/brokers/kafka/client';
import { createConsumer, type Message, type NativeConsumer } from '../../src/brokers/kafka/native';
import { until } from '../helpers/cli';
import { pause } from './watch';

export interface Outcome {
  readonly topic: string;
  readonly value: Buffer;
  readonly headers: Readonly<Record<string, string>>;
}

/** Reads the topics of outcomes from their beginning as they grow, in no group, and counts by the input's id. */
export class OutcomeReader {
  /** How often an outcome came for each id. */
  readonly counts = new Map<string, number>();
  /** Ids that ended as dead letters. */
  readonly deadLetters = new Set<string>();
  /** The last outcome of each id that is no number, for tests that look inside. */
  readonly named = new Map<string, Outcome>();
  readonly #loop: Promise<void>;
  #stopping = false;
  #lastArrival = performance.now();

  private constructor(
    private readonly consumer: NativeConsumer,
    private readonly dlq: string,
  ) {
    this.#loop = this.#run();
  }

  /** A topic that does not exist yet is waited for. */
  static async open(
    servers: string,
    [output, dlq]: readonly [output: string, dlq: string],
  ): Promise<OutcomeReader> {
    const consumer = createConsumer(loadKafka(), {
      'bootstrap.servers': servers,
      'group.id': 'the-reader-is-in-no-group',
      'enable.auto.commit': false,
      'auto.offset.reset': 'earliest',
      'isolation.level': 'read_committed',
      'receive.message.max.bytes': 200_000_000,
      'reconnect.backoff.max.ms': 500,
      'socket.timeout.ms': 10_000,
      'metadata.recovery.rebootstrap.trigger.ms': 10_000,
      'topic.metadata.refresh.interval.ms': 1_000,
    });
    consumer.on('event.error', () => undefined);
    await connectClient(consumer);
    consumer.setDefaultConsumeTimeout(50);
    consumer.setDefaultIsTimeoutOnlyForFirstMessage(true);
    const assignments = [];
    for (const topic of [output, dlq])
      for (const partition of await existing(consumer, topic))
        assignments.push({ topic, partition, offset: 0 });
    consumer.assign(assignments);
    return new OutcomeReader(consumer, dlq);
  }

  /** Waits until nothing has come for so long. */
  async quiet(ms = 1_000): Promise<void> {
    await until(
      () => performance.now() - this.#lastArrival > ms,
      60_000,
      () => 'outcomes still come',
    );
  }

  /** The outcome of a message that is not part of the numbered set. */
  async outcomeOf(id: string, timeoutMs = 90_000): Promise<Outcome> {
    await until(
      () => this.named.has(id),
      timeoutMs,
      () => `no outcome of ${id}`,
    );
    return this.named.get(id) as Outcome;
  }

  async close(): Promise<void> {
    this.#stopping = true;
    await this.#loop;
    await disconnectClient(this.consumer);
  }

  async #run(): Promise<void> {
    while (!this.#stopping) {
      // Errors of an outage are the broker's affair; the consumer goes on by itself.
      const messages = await consume(this.consumer, 1_000).catch((): Message[] => []);
      for (const message of messages) this.#count(message);
      if (messages.length === 0) await pause(20);
    }
  }

  #count({ topic, value, headers }: Message): void {
    this.#lastArrival = performance.now();
    const texts: Record<string, string> = {};
    for (const header of headers ?? [])
      for (const [name, text] of Object.entries(header)) texts[name] ??= String(text);
    const bytes = value ?? Buffer.alloc(0);
    const isLetter = topic === this.dlq;
    const id = isLetter ? (texts['id'] ?? texts['source-id'] ?? '') : idOf(bytes);
    this.counts.set(id, (this.counts.get(id) ?? 0) + 1);
    if (isLetter) this.deadLetters.add(id);
    if (!/^\d+$/.test(id)) this.named.set(id, { topic, value: bytes, headers: texts });
  }
}

function idOf(prediction: Buffer): string {
  return (JSON.parse(prediction.toString()) as { id: string }).id;
}

async function existing(consumer: NativeConsumer, topic: string): Promise<number[]> {
  let partitions: number[] = [];
  await until(
    async () => {
      partitions = partitionsOf(await topicMetadata(consumer, topic), topic);
      return partitions.length > 0;
    },
    60_000,
    () => `the topic ${topic} does not appear`,
  );
  return partitions;
}
