/**
 * Messages confirmed in rounds are in the topic, whatever fails in a round: see
 * docs/decisions/confirmation-in-rounds.md. These tests call the sink directly and republish unconfirmed
 * messages, as the outbox does.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { createKafkaBroker, type KafkaBroker } from '../../src/brokers/kafka/broker';
import type { OutgoingMessage } from '../../src/core/message';
import type { MessageSink, RefusedMessage } from '../../src/core/ports';
import { silentContext } from '../helpers/broker-context';
import { KafkaServer } from '../helpers/kafka';
import { describeWith } from '../helpers/parts';
import { PATIENCE } from './driver';
import { createTopic } from './kafka-admin';

jest.setTimeout(3 * PATIENCE);

describeWith(['java', 'maven', 'kafka-addon'], 'a round of confirmations', () => {
  let server: KafkaServer;
  let brokers: KafkaBroker[] = [];

  beforeAll(async () => {
    server = await KafkaServer.create();
  }, PATIENCE);
  afterAll(() => server.close(), PATIENCE);
  afterEach(async () => {
    await Promise.all(brokers.map((broker) => broker.close()));
    brokers = [];
  }, PATIENCE);

  it('confirms thousands of messages in several calls, each published once', async () => {
    const { topic, sink } = await stage();
    const calls = inCalls(numbered(20_000), 128);
    await Promise.all(calls.map((messages) => sink.publish(topic, messages, true)));
    expect(await countsIn(topic)).toEqual({ found: 20_000, missing: 0, repeated: 0 });
  });

  it('reports a message that the client rejects as too large, and repeats no other', async () => {
    const { topic, sink } = await stage({ 'message.max.bytes': '20000' });
    const messages = numbered(500);
    messages[250] = { key: '250', value: Buffer.alloc(30_000), headers: [] };
    const refused = await sink.publish(topic, messages, true);
    expect(refused.map(({ index }) => index)).toEqual([250]);
    expect(await countsIn(topic, 500)).toEqual({ found: 499, missing: 1, repeated: 0 });
  });

  it('reports a message that the broker rejects as too large, and loses no other', async () => {
    const { topic, sink } = await stage({}, { 'max.message.bytes': '20000' });
    const calls = inCalls(numbered(1_000), 100);
    calls[3]![50] = { key: '350', value: Buffer.from(randomText(60_000)), headers: [] };
    const refused = await Promise.all(calls.map((messages) => publishAll(sink, topic, messages)));
    expect(refused.map((list) => list.map(({ index }) => index))).toEqual(
      calls.map((_, i) => (i === 3 ? [50] : [])),
    );
    expect(await countsIn(topic, 1_000)).toMatchObject({ found: 999, missing: 1 });
  });

  it('continues when the queue of the client is full', async () => {
    const { topic, sink } = await stage({ 'queue.buffering.max.messages': '100' });
    await Promise.all(inCalls(numbered(3_000), 250).map((messages) => sink.publish(topic, messages, true)));
    expect(await countsIn(topic)).toEqual({ found: 3_000, missing: 0, repeated: 0 });
  });

  it('waits longer than a flush for a frozen broker, and repeats nothing', async () => {
    const { topic, sink } = await stage();
    server.signal('SIGSTOP');
    const publishing = sink.publish(topic, numbered(2_000), true);
    await sleep(3_500);
    server.signal('SIGCONT');
    expect(await publishing).toEqual([]);
    expect(await countsIn(topic)).toEqual({ found: 2_000, missing: 0, repeated: 0 });
  });

  it('is uncertain when messages time out, and is republished until all are in the topic', async () => {
    const { topic, sink } = await stage({ 'delivery.timeout.ms': '4000' });
    server.signal('SIGSTOP');
    const publishing = publishAll(sink, topic, numbered(2_000));
    await sleep(7_000);
    server.signal('SIGCONT');
    expect(await publishing).toEqual([]);
    expect(await countsIn(topic)).toMatchObject({ found: 2_000, missing: 0 });
  });

  it('loses nothing when the broker is killed between produce and flush, five times', async () => {
    const { topic, sink } = await stage();
    const confirmed: number[] = [];
    for (let kill = 0; kill < 5; kill++) {
      const first = kill * 2_000;
      const publishing = Promise.all(
        inCalls(numbered(2_000, first), 100).map((messages) => publishAll(sink, topic, messages)),
      );
      // The round is produced in this turn of the event loop and flushed in the next one.
      await new Promise((resolve) => setImmediate(resolve));
      await server.restart('SIGKILL');
      await publishing;
      confirmed.push(first);
    }
    expect(confirmed).toHaveLength(5);
    expect(await countsIn(topic)).toMatchObject({ found: 10_000, missing: 0 });
  });

  it('is not confirmed when the program ends during it', async () => {
    const { topic, sink } = await stage();
    server.signal('SIGSTOP');
    const publishing = sink.publish(topic, numbered(100), true).then(
      () => 'confirmed',
      (error: unknown) => (error as { code: string }).code,
    );
    await sleep(200);
    const closing = sink.close();
    expect(await publishing).toBe('PUBLISH_FAILED');
    server.signal('SIGCONT');
    await closing;
  });

  /** Creates a topic, and a sink with a connected throughput producer. */
  async function stage(properties: Record<string, string> = {}, config: Record<string, string> = {}) {
    const topic = `rounds-${Math.random().toString(36).slice(2)}`;
    await createTopic(server.bootstrapServers, topic, 4, config);
    const broker = brokerWith(properties);
    const sink = broker.createSink();
    await sink.open(AbortSignal.timeout(PATIENCE));
    const warmUp = `${topic}-warm-up`;
    await createTopic(server.bootstrapServers, warmUp, 1);
    // The second producer connects on first use; until then the first one is used.
    await sink.publish(warmUp, numbered(1), true);
    await sleep(1_000);
    return { topic, sink };
  }

  function brokerWith(properties: Record<string, string>): KafkaBroker {
    const settings = {
      properties: { 'bootstrap.servers': server.bootstrapServers, ...properties },
      embedded: false,
    };
    const broker = createKafkaBroker(settings, silentContext());
    brokers.push(broker);
    return broker;
  }

  /** Of the keys 0 … `expected` − 1 (all that were published if absent). */
  async function countsIn(topic: string, expected?: number) {
    const source = brokerWith({}).createSource({
      topic,
      group: null,
      from: 'earliest',
      maxInFlight: 100_000,
      maxInFlightBytes: 1e9,
    });
    const signal = AbortSignal.timeout(PATIENCE);
    await source.open(signal);
    const counts = new Map<string, number>();
    for (let idle = 0; idle < 20;) {
      const deliveries = await source.receive(1_000, signal);
      idle = deliveries.length > 0 ? 0 : idle + 1;
      for (const { key } of deliveries) counts.set(String(key), (counts.get(String(key)) ?? 0) + 1);
    }
    await source.close();
    const highest = expected ?? Math.max(...[...counts.keys()].map(Number)) + 1;
    const missing = Array.from({ length: highest }, (_, i) => String(i)).filter((key) => !counts.has(key));
    const repeated = [...counts.values()].filter((count) => count > 1).length;
    return { found: counts.size, missing: missing.length, repeated };
  }
});

/** Retries until the messages are confirmed, like the outbox. */
async function publishAll(
  sink: MessageSink,
  topic: string,
  messages: readonly OutgoingMessage[],
): Promise<readonly RefusedMessage[]> {
  for (;;) {
    try {
      return await sink.publish(topic, messages, true);
    } catch {
      await sleep(200);
    }
  }
}

function numbered(count: number, first = 0): OutgoingMessage[] {
  return Array.from({ length: count }, (_, i) => ({
    key: String(first + i),
    value: Buffer.from(`message ${first + i}`.padEnd(600)),
    headers: [],
  }));
}

function inCalls(messages: readonly OutgoingMessage[], size: number): OutgoingMessage[][] {
  return Array.from({ length: Math.ceil(messages.length / size) }, (_, i) =>
    messages.slice(i * size, (i + 1) * size),
  );
}

/** Incompressible bytes. */
function randomText(length: number): string {
  return Array.from({ length }, () => String.fromCharCode(33 + Math.floor(Math.random() * 90))).join('');
}
