/** A program on a separate Kafka topic, with its outcomes. */
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createKafkaBroker } from '../../src/brokers/kafka/broker';
import { committedOffsets, connectClient, disconnectClient, loadKafka } from '../../src/brokers/kafka/client';
import { settledIn } from '../../src/brokers/kafka/commit-note';
import { createConsumer } from '../../src/brokers/kafka/native';
import type { ConfigInput } from '../../src/config/schema';
import { headerText, type Delivery } from '../../src/core/message';
import { silentContext } from './broker-context';
import { Cli, until } from './cli';
import type { KafkaServer } from './kafka';
import { sourceIdOf } from './source-id';

let started = 0;

/** The outcome of one input. */
export interface Fate {
  /** `prediction`, or the code of the dead letter. */
  readonly what: string;
  readonly message: string | undefined;
  readonly attempts: string | undefined;
}

export class KafkaRun {
  readonly input = `input-${++started}`;
  /** Kept across restarts, like a user's home. */
  readonly home = mkdtempSync(join(tmpdir(), 'stream-infer-home-'));
  readonly #broker;

  constructor(private readonly server: KafkaServer) {
    this.#broker = createKafkaBroker(
      { properties: { 'bootstrap.servers': server.bootstrapServers }, embedded: false },
      silentContext(`test-${this.input}`),
    );
  }

  /** Creates the topics and publishes one message per value to the only input partition. */
  async publish(values: readonly Buffer[]): Promise<void> {
    const admin = this.#broker.createAdmin();
    const topics = [this.input, this.#output, this.#dlq];
    await admin.createTopics(topics.map((topic) => ({ topic, partitions: 1 })));
    await admin.close();
    const sink = this.#broker.createSink();
    await sink.open(AbortSignal.timeout(60_000));
    await sink.publish(
      this.input,
      values.map((value) => ({ key: null, value, headers: [] })),
    );
    await sink.close();
  }

  start(flags: readonly string[] = [], env: NodeJS.ProcessEnv = {}): Cli {
    const names = ['--input-topic', this.input, '--output-topic', this.#output, '--group', this.input];
    const broker = ['--broker', 'kafka', '--bootstrap-servers', this.server.bootstrapServers];
    return new Cli(['run', ...broker, ...names, '--port', '0', ...flags], {
      XDG_DATA_HOME: this.home,
      ...env,
    });
  }

  /** The same topics and group, for a program inside the test. */
  get settings(): ConfigInput {
    return {
      broker: 'kafka',
      kafka: { properties: { 'bootstrap.servers': this.server.bootstrapServers } },
      input: { topic: this.input, group: this.input },
      output: { topic: this.#output, dlq: this.#dlq },
      store: { path: 'none' },
    };
  }

  /** Reads until `count` inputs have an outcome; returns all outcomes by input offset, in order. */
  async fates(count: number, explain: () => string, timeoutMs = 120_000): Promise<Map<number, Fate[]>> {
    const fates = new Map<number, Fate[]>();
    const stop = new AbortController();
    const following = [this.#output, this.#dlq].map((topic) => this.#follow(topic, fates, stop.signal));
    try {
      await until(() => fates.size >= count, timeoutMs, explain);
    } finally {
      stop.abort();
      await Promise.all(following);
    }
    return fates;
  }

  /** Messages that the group has settled beyond its committed offset. */
  async settledBeyond(): Promise<number> {
    const consumer = createConsumer(loadKafka(), {
      'bootstrap.servers': this.server.bootstrapServers,
      'group.id': this.input,
    });
    await connectClient(consumer);
    try {
      const [found] = await committedOffsets(consumer, [{ topic: this.input, partition: 0 }]);
      const offset = found?.offset ?? 0;
      const ranges = settledIn(offset, found?.metadata);
      return ranges?.countWithin(offset, ranges.end) ?? 0;
    } finally {
      await disconnectClient(consumer);
    }
  }

  async close(): Promise<void> {
    await this.#broker.close();
  }

  get #output(): string {
    return `${this.input}.out`;
  }

  get #dlq(): string {
    return `${this.input}.dlq`;
  }

  async #follow(topic: string, fates: Map<number, Fate[]>, signal: AbortSignal): Promise<void> {
    const limits = { maxInFlight: 100_000, maxInFlightBytes: 1 << 30, from: 'earliest' } as const;
    const source = this.#broker.createSource({ topic, group: null, ...limits });
    await source.open(signal);
    while (!signal.aborted) {
      for (const delivery of await source.receive(1_000, signal)) {
        const offset = Number(sourceIdOf(delivery).split('/').at(-1));
        fates.set(offset, [...(fates.get(offset) ?? []), toFate(delivery)]);
      }
    }
    await source.close();
  }
}

function toFate({ headers }: Delivery): Fate {
  return {
    what: headerText(headers, 'error-code') ?? 'prediction',
    message: headerText(headers, 'error-message'),
    attempts: headerText(headers, 'attempts'),
  };
}
