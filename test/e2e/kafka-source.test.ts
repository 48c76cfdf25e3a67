/** Rebalances, outages and kills on a real Kafka. An independent count finds missing messages, of which there must be none. */
import { fork, type ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';

import { createKafkaBroker, type KafkaBroker } from '../../src/brokers/kafka/broker';
import {
  committedOffsets,
  connectClient,
  disconnectClient,
  loadKafka,
  produce,
} from '../../src/brokers/kafka/client';
import { createConsumer, createTransactionalProducer } from '../../src/brokers/kafka/native';
import {
  beginTransaction,
  commitTransaction,
  initTransactions,
} from '../../src/brokers/kafka/transaction-calls';
import type { Delivery, OutgoingMessage } from '../../src/core/message';
import type { MessageSink, MessageSource, SourceOptions } from '../../src/core/ports';
import { silentContext } from '../helpers/broker-context';
import { KafkaServer } from '../helpers/kafka';
import { describeWith } from '../helpers/parts';

/** ms; several brokers may share two cores. */
const PATIENCE = 150_000;

describeWith(['java', 'maven', 'kafka-addon'], 'the Kafka source and sink', () => {
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

  it(
    'lose and duplicate nothing while members join and leave',
    async () => {
      const topic = await createTopic();
      const sink = await openSink();
      const counts = new Map<string, number>();
      const members = [await worker(topic, 'a', counts)];
      const publishing = keepPublishing(sink, topic);
      members.push(await worker(topic, 'b', counts));
      await until(() => members.every((member) => member.received > 0));
      await members[0]?.stop();
      members.push(await worker(topic, 'c', counts));
      await until(() => members[2]?.received !== 0);
      const published = await publishing.stop();
      await until(() => counts.size === published);
      for (const member of members.slice(1)) await member.stop();
      expect([...counts.values()].filter((count) => count > 1)).toEqual([]);
    },
    PATIENCE,
  );

  it(
    'wait for the deliveries of a revoked partition before releasing it',
    async () => {
      const topic = await createTopic();
      const sink = await openSink();
      const first = await openSource(topic, 'slow-a');
      await sink.publish(topic, numbered(40));
      const held = await take(first, 40);
      const polling = keepReceiving(first);
      const second = await openSource(topic, 'slow-b');
      // The other one is a member; the first one holds its share back until these are settled.
      expect(await receiveFor(second, 2_000)).toEqual([]);
      first.settle(held);
      const settledAt = performance.now();
      const publishing = keepPublishing(sink, topic, 1_000);
      const [taken] = await take(second, 1);
      expect(performance.now() - settledAt).toBeLessThan(8_000);
      expect(Number(taken?.value)).toBeGreaterThanOrEqual(1_000);
      await publishing.stop();
      await polling.stop();
    },
    PATIENCE,
  );

  it(
    'commit only contiguous settled messages, and resume from there after a SIGKILL',
    async () => {
      const topic = await createTopic(1);
      const sink = await openSink();
      await sink.publish(topic, numbered(20));
      const child = await reader(topic, [10, 11, 12, 0, 1, 2, 3]);
      await until(async () => (await committed(topic)) === 4);
      await kill(child);
      const next = await openSource(topic, 'victim');
      const taken = await take(next, 16);
      expect(taken.map(({ value }) => Number(value))).toEqual(Array.from({ length: 16 }, (_, i) => i + 4));
      const times: number[] = [];
      next.onCommitted?.((ms) => void times.push(ms));
      next.settle(taken);
      await until(() => times.length === 1);
      expect(times[0]).toBeGreaterThan(0);
      expect(await committed(topic)).toBe(20);
    },
    PATIENCE,
  );

  it(
    'reject by index a message that the broker rejects as too large, and no other',
    async () => {
      const topic = await createTopic(1, { 'max.message.bytes': '4000' });
      const sink = await openSink();
      const sent = Array.from({ length: 60 }, () => message(randomBytes(100)));
      sent[30] = message(randomBytes(5_000));
      const refused = await sink.publish(topic, sent);
      expect(refused).toEqual([
        { index: 30, reason: expect.stringContaining('max.message.bytes') as string },
      ]);
      const source = await openSource(topic, 'small');
      const arrived = await take(source, 59);
      expect(new Set(arrived.map(({ value }) => value?.toString('hex'))).size).toBe(59);
    },
    PATIENCE,
  );

  it(
    'continue when the queue of the client is full',
    async () => {
      const topic = await createTopic();
      const sink = await openSink({ 'queue.buffering.max.messages': '100' });
      await Promise.all([sink.publish(topic, numbered(1_500)), sink.publish(topic, numbered(1_500))]);
      const source = await openSource(topic, 'full');
      expect(await take(source, 3_000)).toHaveLength(3_000);
    },
    PATIENCE,
  );

  it(
    'pause while nothing receives, stay members, and resume',
    async () => {
      const topic = await createTopic();
      const sink = await openSink();
      const source = await openSource(topic, 'idle', {
        'max.poll.interval.ms': '6000',
        'session.timeout.ms': '6000',
      });
      await sink.publish(topic, numbered(500));
      await pause(8_000);
      expect(source.status()).toEqual({ state: 'up' });
      const all = await take(source, 500);
      expect(new Set(all.map(({ sourceId }) => sourceId)).size).toBe(500);
    },
    PATIENCE,
  );

  /** A pause survives reassignment: what was ours before and stayed ours was never read again. */
  it(
    'resume partitions that were paused while another member joined',
    async () => {
      const topic = await createTopic();
      const sink = await openSink();
      let onAssigned = (): void => undefined;
      const first = connect('paused', {}, (text) => {
        if (text === 'partitions assigned') onAssigned();
      }).createSource(options(topic));
      await first.open(AbortSignal.timeout(PATIENCE));
      // Nobody receives for more than a second, and then at the very moment of the rebalance.
      await pause(1_500);
      const received: Promise<Delivery[]> = new Promise((resolve) => {
        onAssigned = () => {
          onAssigned = () => undefined;
          resolve(take(first, 1));
        };
      });
      const second = await openSource(topic, 'joins');
      const publishing = keepPublishing(sink, topic);
      const [other] = await take(second, 1);
      const [one] = await received;
      expect(one?.origin.partition).not.toBe(other?.origin.partition);
      await publishing.stop();
    },
    PATIENCE,
  );

  it(
    'read only new messages from "latest", even after a restart without a commit',
    async () => {
      const topic = await createTopic();
      const sink = await openSink();
      await sink.publish(topic, numbered(5));
      const first = connect('late').createSource({ ...options(topic), from: 'latest' });
      await first.open(AbortSignal.timeout(PATIENCE));
      await sink.publish(topic, numbered(3));
      await first.close();
      const second = connect('late').createSource({ ...options(topic), from: 'latest' });
      await second.open(AbortSignal.timeout(PATIENCE));
      expect(await take(second, 3)).toHaveLength(3);
      expect(await receiveFor(second, 500)).toEqual([]);
    },
    PATIENCE,
  );

  it(
    'report no lag after a transaction marker, before and after a restart',
    async () => {
      const topic = await createTopic(1);
      await publishInTransaction(topic, numbered(3));
      for (let start = 0; start < 2; start++) {
        const source = await openSource(topic, 'restarted');
        const receiving = keepReceiving(source);
        await until(async () => (await source.lag())[0]?.messages === 0);
        await receiving.stop();
        await source.close();
        expect(await committed(topic)).toBe(3);
      }
    },
    PATIENCE,
  );

  it(
    'never delay a single message, regardless of the properties and later messages',
    async () => {
      const topic = await createTopic();
      // Longer than this test may take.
      const sink = await openSink({ 'linger.ms': '200000', 'delivery.timeout.ms': '300000' });
      for (const more of [false, true]) await sink.publish(topic, numbered(3), more);
      // The second producer connects when it is first wanted.
      await pause(2_000);
      for (const more of [true, false]) await sink.publish(topic, numbered(3), more);
    },
    PATIENCE,
  );

  it(
    'lose nothing and duplicate little when the broker is killed, and report the outage',
    async () => {
      const topic = await createTopic();
      const sink = await openSink();
      const counts = new Map<string, number>();
      const member = await worker(topic, 'survivor', counts);
      const publishing = keepPublishing(sink, topic);
      await until(() => member.received > 1_000);
      await server.stop('SIGKILL');
      await until(() => sink.status().state === 'down' && member.source.status().state !== 'up');
      expect(sink.status().reason).toContain(server.bootstrapServers);
      await server.start();
      const before = member.received;
      await until(() => member.received > before + 1_000);
      const published = await publishing.stop();
      await until(() => counts.size === published);
      await until(() => sink.status().state === 'up' && member.source.status().state === 'up');
      await member.stop();
    },
    2 * PATIENCE,
  );

  it(
    'wait for a broker that is down at the start',
    async () => {
      const topic = await createTopic();
      await server.stop('SIGTERM');
      const source = connect('early').createSource(options(topic));
      const sink = connect('early').createSink();
      const opening = Promise.all([
        source.open(AbortSignal.timeout(PATIENCE)),
        sink.open(AbortSignal.timeout(PATIENCE)),
      ]);
      await until(() => source.status().reason?.includes(server.bootstrapServers) === true);
      expect(source.status().state).toBe('connecting');
      expect(await source.receive(10, AbortSignal.timeout(5_000))).toEqual([]);
      await server.start();
      await opening;
      await sink.publish(topic, numbered(1));
      expect(await take(source, 1)).toHaveLength(1);
    },
    PATIENCE,
  );

  it(
    'can be aborted and closed while the broker is down',
    async () => {
      const broker = createKafkaBroker(
        { properties: { 'bootstrap.servers': '127.0.0.1:1' }, embedded: false },
        silentContext(),
      );
      const source = broker.createSource(options('nowhere'));
      const sink = broker.createSink();
      await expect(source.open(AbortSignal.timeout(500))).rejects.toMatchObject({ code: 'ABORTED' });
      await expect(sink.open(AbortSignal.timeout(500))).rejects.toMatchObject({ code: 'ABORTED' });
      await expect(sink.publish('nowhere', numbered(1))).rejects.toMatchObject({
        code: 'BROKER_UNREACHABLE',
        retryable: true,
      });
      const start = performance.now();
      await broker.close();
      expect(performance.now() - start).toBeLessThan(10_000);
    },
    PATIENCE,
  );

  function connect(
    instanceId: string,
    properties: Record<string, string> = {},
    onDebug: (text: string) => void = () => undefined,
  ): KafkaBroker {
    const own = { 'bootstrap.servers': server.bootstrapServers, ...properties };
    const { log } = silentContext();
    const context = { instanceId, log: { ...log, debug: (_: object, text: string) => onDebug(text) } };
    const broker = createKafkaBroker({ properties: own, embedded: false }, context);
    brokers.push(broker);
    return broker;
  }

  async function createTopic(partitions = 4, config: Record<string, string> = {}): Promise<string> {
    const topic = `e2e-${randomBytes(5).toString('hex')}`;
    if (Object.keys(config).length > 0) await createConfigured(topic, partitions, config);
    else await connect('admin').createAdmin().createTopics([{ topic, partitions }]);
    return topic;
  }

  function createConfigured(
    topic: string,
    num_partitions: number,
    config: Record<string, string>,
  ): Promise<void> {
    const client = loadKafka().AdminClient.create({ 'bootstrap.servers': server.bootstrapServers });
    return new Promise((resolve, reject) => {
      client.createTopic({ topic, num_partitions, replication_factor: 1, config }, 10_000, (error) => {
        client.disconnect();
        if (error) reject(new Error(error.message));
        else resolve();
      });
    });
  }

  async function openSink(properties?: Record<string, string>): Promise<MessageSink> {
    const sink = connect('sink', properties).createSink();
    await sink.open(AbortSignal.timeout(PATIENCE));
    return sink;
  }

  async function openSource(
    topic: string,
    instanceId: string,
    properties?: Record<string, string>,
  ): Promise<MessageSource> {
    const source = connect(instanceId, properties).createSource(options(topic));
    await source.open(AbortSignal.timeout(PATIENCE));
    return source;
  }

  /** The marker of the transaction takes the offset behind the last message. */
  async function publishInTransaction(topic: string, messages: readonly OutgoingMessage[]): Promise<void> {
    const producer = createTransactionalProducer(loadKafka(), {
      'bootstrap.servers': server.bootstrapServers,
      'transactional.id': topic,
    });
    await connectClient(producer, topic);
    await initTransactions(producer);
    await beginTransaction(producer);
    for (const message of messages) expect(produce(producer, topic, message)).toBeUndefined();
    await commitTransaction(producer);
    await disconnectClient(producer);
  }

  /** Takes messages, settles them some milliseconds later and counts each value, until it is stopped. */
  async function worker(topic: string, instanceId: string, counts: Map<string, number>) {
    // A static member that leaves keeps its partitions for the length of a session.
    const source = await openSource(topic, instanceId, { 'session.timeout.ms': '6000' });
    const stopping = new AbortController();
    const state = { received: 0 };
    const loop = (async () => {
      while (!stopping.signal.aborted) {
        const deliveries = await source.receive(200, stopping.signal);
        await pause(5);
        for (const { value } of deliveries) counts.set(String(value), (counts.get(String(value)) ?? 0) + 1);
        source.settle(deliveries);
        state.received += deliveries.length;
      }
    })();
    return {
      source,
      get received() {
        return state.received;
      },
      async stop() {
        stopping.abort();
        await loop;
        await source.close();
      },
    };
  }

  /** A process that takes all 20 messages, settles these offsets and waits to be killed. */
  async function reader(topic: string, settle: number[]): Promise<ChildProcess> {
    const child = fork(join(__dirname, '..', 'helpers', 'kafka', 'reader.js'), { stdio: 'inherit' });
    const settled = new Promise<void>((resolve) => child.on('message', () => resolve()));
    child.send({
      bootstrapServers: server.bootstrapServers,
      options: options(topic),
      settle,
      instanceId: 'victim',
    });
    await settled;
    return child;
  }

  async function committed(topic: string): Promise<number | undefined> {
    const consumer = createConsumer(loadKafka(), {
      'bootstrap.servers': server.bootstrapServers,
      'group.id': `${topic}-group`,
      'enable.auto.commit': 'false',
    });
    await connectClient(consumer, topic);
    const [offset] = await committedOffsets(consumer, [{ topic, partition: 0 }]);
    await disconnectClient(consumer);
    return offset?.offset;
  }
});

function options(topic: string): SourceOptions {
  return {
    topic,
    group: `${topic}-group`,
    from: 'earliest',
    maxInFlight: 10_000,
    maxInFlightBytes: 64 * 1024 * 1024,
  };
}

async function kill(child: ChildProcess): Promise<void> {
  const gone = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGKILL');
  await gone;
}

function keepReceiving(source: MessageSource): { stop(): Promise<void> } {
  const stopping = new AbortController();
  const loop = (async () => {
    while (!stopping.signal.aborted) source.settle(await source.receive(100, stopping.signal));
  })();
  return {
    async stop() {
      stopping.abort();
      await loop;
    },
  };
}

async function take(source: MessageSource, count: number): Promise<Delivery[]> {
  const deliveries: Delivery[] = [];
  const signal = AbortSignal.timeout(PATIENCE / 2);
  while (deliveries.length < count) {
    if (signal.aborted) throw new Error(`${deliveries.length} of ${count} came`);
    deliveries.push(...(await source.receive(1_000, signal)));
  }
  return deliveries;
}

async function receiveFor(source: MessageSource, ms: number): Promise<Delivery[]> {
  const signal = AbortSignal.timeout(ms);
  const deliveries: Delivery[] = [];
  while (!signal.aborted) deliveries.push(...(await source.receive(1_000, signal)));
  return deliveries;
}

/** Publishes numbers from `first` in batches, with retries. `stop` returns their count. */
function keepPublishing(sink: MessageSink, topic: string, first = 0): { stop(): Promise<number> } {
  let stopped = false;
  let count = 0;
  const loop = (async () => {
    while (!stopped) {
      const messages = Array.from({ length: 100 }, (_, i) => message(Buffer.from(String(first + count + i))));
      while ((await sink.publish(topic, messages).catch(() => undefined)) === undefined) await pause(100);
      count += messages.length;
      await pause(20);
    }
  })();
  return {
    async stop() {
      stopped = true;
      await loop;
      return count;
    },
  };
}

function message(value: Buffer): OutgoingMessage {
  return { key: null, value, headers: [] };
}

function numbered(count: number): OutgoingMessage[] {
  return Array.from({ length: count }, (_, i) => message(Buffer.from(String(i))));
}

async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  const deadline = performance.now() + PATIENCE / 2;
  while (!(await condition())) {
    if (performance.now() > deadline) throw new Error(`not true in time: ${condition.toString()}`);
    await pause(20);
  }
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
