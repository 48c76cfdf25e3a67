import { strict as assert } from 'node:assert';
import type { OutgoingMessage } from '../core/message';
import type { Broker, MessageSink, MessageSource, SourceOptions } from '../core/ports';
import type { BrokerHarness } from './harness';
import { PATIENCE, open, uniqueName } from './helpers';

/** Broker of one test with an open sink and a topic of its own; closes everything opened by the test. */
export interface World {
  readonly broker: Broker;
  readonly topic: string;
  readonly sink: MessageSink;
  createTopic(topic: string): Promise<void>;
  publish(messages: readonly OutgoingMessage[], topic?: string): Promise<void>;
  source(options?: Partial<SourceOptions>): MessageSource;
  open(options?: Partial<SourceOptions>): Promise<MessageSource>;
  close(): Promise<void>;
}

export async function createWorld(harness: BrokerHarness): Promise<World> {
  const broker = await harness.createBroker();
  const topic = uniqueName('contract');
  const sink = broker.createSink();
  const sources: MessageSource[] = [];

  const world: World = {
    broker,
    topic,
    sink,
    async createTopic(name) {
      const admin = broker.createAdmin();
      await admin.createTopics([{ topic: name, partitions: 4, subscription: `${name}-sub` }]);
      await admin.close();
    },
    async publish(messages, to = topic) {
      assert.deepEqual(await sink.publish(to, messages), []);
    },
    source(options) {
      const source = broker.createSource(sourceOptions(topic, options));
      sources.push(source);
      return source;
    },
    async open(options) {
      const source = world.source(options);
      await open(source);
      return source;
    },
    async close() {
      for (const source of sources) await source.close();
      await sink.close();
      await broker.close();
    },
  };
  await world.createTopic(topic);
  await sink.open(AbortSignal.timeout(PATIENCE));
  return world;
}

function sourceOptions(topic: string, options: Partial<SourceOptions> = {}): SourceOptions {
  const group = options.group === undefined ? `${topic}-group` : options.group;
  return {
    topic,
    group,
    ...(group === null ? {} : { subscription: `${topic}-sub` }),
    from: 'earliest',
    maxInFlight: 10_000,
    maxInFlightBytes: 64 * 1024 * 1024,
    ...options,
  };
}
