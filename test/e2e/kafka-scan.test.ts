/** A scan of a real Kafka topic with transaction markers, gaps, and a recreated topic. */
import { createBroker } from '../../src/brokers/registry';
import { connectClient, consume, disconnectClient, loadKafka } from '../../src/brokers/kafka/client';
import { isUnreadableBatch } from '../../src/brokers/kafka/codec';
import { createConsumer, createProducer, type NativeProducer } from '../../src/brokers/kafka/native';
import { StreamInferError } from '../../src/core/errors';
import type { Delivery } from '../../src/core/message';
import type { Broker } from '../../src/core/ports';
import type { TopicScan } from '../../src/core/topic-scan';
import { silentContext } from '../helpers/broker-context';
import { KafkaServer } from '../helpers/kafka';
import { markUnreadable } from '../helpers/kafka-codec';
import { describeWith, findPart } from '../helpers/parts';

jest.setTimeout(120_000);

const { signal } = new AbortController();

describeWith(['java', 'maven', 'kafka-addon'], 'a scan of a Kafka topic', () => {
  let kafka: KafkaServer;
  let broker: Broker;
  let topics = 0;

  beforeAll(async () => {
    kafka = await KafkaServer.create();
    const properties = { 'bootstrap.servers': kafka.bootstrapServers };
    const memory = { partitions: 1, retention: 1, redeliverAfterMs: 1_000 };
    const settings = { kafka: { properties, embedded: false }, pubsub: {}, memory };
    broker = await createBroker('kafka', settings, silentContext('scan'));
  }, 240_000);
  afterAll(async () => {
    await broker.close();
    await kafka.close();
  });

  async function createTopic(topic = `topic-${++topics}`, partitions = 1): Promise<string> {
    const admin = broker.createAdmin();
    await admin.createTopics([{ topic, partitions }]);
    await admin.close();
    return topic;
  }

  async function publish(topic: string, ...values: string[]): Promise<void> {
    const sink = broker.createSink();
    await sink.open(signal);
    await sink.publish(
      topic,
      values.map((value) => ({ key: null, value: Buffer.from(value), headers: [] })),
    );
    await sink.close();
  }

  /** One message, in a batch of its own. */
  async function publishTo(
    topic: string,
    partition: number,
    value: string,
    properties: Readonly<Record<string, string>> = {},
  ): Promise<void> {
    const producer = createProducer(loadKafka(), {
      'bootstrap.servers': kafka.bootstrapServers,
      ...properties,
    });
    await connectClient(producer);
    producer.produce(topic, partition, Buffer.from(value));
    await called((done) => producer.flush(10_000, done));
    await disconnectClient(producer);
  }

  /** All that a scan finds; those whose value is in `settle` are settled. */
  async function scan(topic: string, memory: string | null = null, settle: string[] = []): Promise<string[]> {
    const found: string[] = [];
    await scanning(topic, memory, async (deliveries, open) => {
      found.push(...deliveries.map(({ value }) => String(value)));
      await open.settle(deliveries.filter(({ value }) => settle.includes(String(value))));
    });
    return found;
  }

  async function scanning(
    topic: string,
    memory: string | null,
    work: (deliveries: readonly Delivery[], scan: TopicScan) => Promise<void>,
  ): Promise<void> {
    const open = broker.createScan({ topic, memory, subscription: '' });
    try {
      await open.open(signal);
      for (;;) {
        const deliveries = await open.next(signal);
        if (deliveries.length === 0) return;
        await work(deliveries, open);
      }
    } finally {
      await open.close();
    }
  }

  async function inTransaction(topic: string, value: string, end: 'commit' | 'abort'): Promise<void> {
    const producer = createProducer(loadKafka(), {
      'bootstrap.servers': kafka.bootstrapServers,
      'transactional.id': 'scan-test',
    });
    await connectClient(producer);
    await called((done) => producer.initTransactions(10_000, done));
    await called((done) => producer.beginTransaction(done));
    producer.produce(topic, 0, Buffer.from(value));
    await called((done) => producer.flush(10_000, done));
    await called((done) => finish(producer, end, done));
    await disconnectClient(producer);
  }

  it('ends at the end of the topic at its start, despite new messages', async () => {
    const topic = await createTopic();
    await publish(topic, 'a', 'b');
    let rounds = 0;
    const found: string[] = [];
    await scanning(topic, null, async (deliveries) => {
      found.push(...deliveries.map(({ value }) => String(value)));
      if (rounds++ < 5) await publish(topic, 'later');
    });
    expect(found).toEqual(['a', 'b']);
    expect(await scan(topic)).toEqual(['a', 'b', 'later']);
  });

  it('finds nothing in an empty topic, and rejects for a missing topic', async () => {
    expect(await scan(await createTopic())).toEqual([]);
    await expect(scan('nowhere')).rejects.toMatchObject({ code: 'TOPIC_MISSING' });
  });

  it('skips transaction markers and aborted messages, even at the end', async () => {
    const topic = await createTopic();
    await inTransaction(topic, 'committed', 'commit');
    await publish(topic, 'plain');
    await inTransaction(topic, 'aborted', 'abort');
    // Without the known end it would wait and then reject.
    expect(await scan(topic, 'marks', ['committed', 'plain'])).toEqual(['committed', 'plain']);
    expect(await scan(topic, 'marks')).toEqual([]);
    await publish(topic, 'next');
    expect(await scan(topic, 'marks')).toEqual(['next']);
  });

  it('remembers settled messages with gaps, separately per memory', async () => {
    const topic = await createTopic();
    await publish(topic, 'a', 'b', 'c', 'd', 'e');
    await scan(topic, 'gaps', ['b', 'd']);
    expect(await scan(topic, 'gaps', ['a'])).toEqual(['a', 'c', 'e']);
    await publish(topic, 'f');
    expect(await scan(topic, 'gaps')).toEqual(['c', 'e', 'f']);
    expect(await scan(topic, 'another')).toEqual(['a', 'b', 'c', 'd', 'e', 'f']);
    expect(await scan(topic)).toHaveLength(6);
  });

  it('keeps all messages settled concurrently', async () => {
    const topic = await createTopic();
    await publish(topic, 'a', 'b', 'c', 'd');
    const mine: Delivery[] = [];
    const open = broker.createScan({ topic, memory: 'shared', subscription: '' });
    await open.open(signal);
    while (mine.length < 4) mine.push(...(await open.next(signal)));
    await scan(topic, 'shared', ['a', 'd']);
    await open.settle(mine.slice(1, 2));
    await open.settle(mine.slice(2, 3));
    await open.close();
    expect(await scan(topic, 'shared')).toEqual([]);
  });

  it('starts again in a recreated topic', async () => {
    const topic = await createTopic();
    await publish(topic, 'a', 'b', 'c');
    await scan(topic, 'anew', ['a', 'b', 'c']);
    const admin = broker.createAdmin();
    await admin.deleteTopics([{ topic }]);
    await admin.close();
    let made = false;
    while (!made) {
      // The deletion finishes a moment after its confirmation.
      made = await createTopic(topic).then(
        async () => (await scan(topic).catch(() => ['?'])).length === 0,
        () => false,
      );
    }
    await publish(topic, 'x');
    expect(await scan(topic, 'anew')).toEqual(['x']);
  });

  it('reports the partition of an undecodable batch, after the messages before it', async () => {
    const topic = await createTopic();
    for (const value of ['a', 'b', 'c']) await publish(topic, value);
    markUnreadable(kafka.dataFolder, topic, 0, [1]);
    const found: string[] = [];
    const scanned = scanning(topic, null, async (deliveries) => {
      found.push(...deliveries.map(({ value }) => String(value)));
    });
    await expect(scanned).rejects.toMatchObject({
      code: 'DEPENDENCY_MISSING',
      message: expect.stringMatching(/partition 0 at offset 1\).*doctor/) as string,
    });
    expect(found).toEqual(['a']);
  });

  // What the reports of a batch that cannot be read rest on; see src/brokers/kafka/codec.ts.
  it('reports such a batch repeatedly through consume only, while other partitions are read', async () => {
    const topic = await createTopic(undefined, 2);
    await publishTo(topic, 0, 'a');
    await publishTo(topic, 0, 'b');
    await publishTo(topic, 1, 'c');
    markUnreadable(kafka.dataFolder, topic, 0, [1]);
    const consumer = createConsumer(loadKafka(), {
      'bootstrap.servers': kafka.bootstrapServers,
      'group.id': topic,
      'enable.auto.commit': 'false',
    });
    const events: unknown[] = [];
    consumer.on('event.error', (error) => events.push(error));
    await connectClient(consumer, topic);
    consumer.assign([0, 1].map((partition) => ({ topic, partition, offset: 0 })));
    consumer.setDefaultConsumeTimeout(50);
    const taken: string[] = [];
    const errors: unknown[] = [];
    for (let late = false; errors.length < 3;) {
      const messages = await consume(consumer, 10).catch((error: unknown) => void errors.push(error));
      taken.push(...(messages ?? []).map(({ value }) => String(value)));
      if (errors.length === 1 && !late) {
        late = true;
        await publishTo(topic, 1, 'd');
      }
    }
    expect(errors.every(isUnreadableBatch)).toBe(true);
    expect(taken.sort()).toEqual(['a', 'c', 'd']);
    expect(events).toEqual([]);
    expect(consumer.position([{ topic, partition: 0 }])).toMatchObject([{ partition: 0, offset: 1 }]);
    await disconnectClient(consumer);
  });

  (hasZstd() || process.env['CI'] === 'true' ? it : it.skip)(
    'reads what is compressed with zstd',
    async () => {
      const topic = await createTopic();
      await publishTo(topic, 0, 'z'.repeat(10_000), { 'compression.type': 'zstd' });
      expect(await scan(topic)).toEqual(['z'.repeat(10_000)]);
    },
  );

  it('reports that the broker is down', async () => {
    const properties = { 'bootstrap.servers': '127.0.0.1:1' };
    const memory = { partitions: 1, retention: 1, redeliverAfterMs: 1_000 };
    const nobody = await createBroker(
      'kafka',
      { kafka: { properties, embedded: false }, pubsub: {}, memory },
      silentContext('scan'),
    );
    const open = nobody.createScan({ topic: 'any', memory: null, subscription: '' });
    await expect(open.open(signal)).rejects.toMatchObject({ code: 'BROKER_UNREACHABLE' });
    await open.close();
    await nobody.close();
  });
});

/** Of a client that was compiled here, only where the zstd headers are. */
function hasZstd(): boolean {
  return findPart('kafka-addon') !== undefined && loadKafka().features.includes('zstd');
}

function called(call: (done: (error: unknown) => void) => unknown): Promise<void> {
  return new Promise((resolve, reject) => {
    call((error) => (error ? reject(StreamInferError.from(error)) : resolve()));
  });
}

function finish(producer: NativeProducer, end: 'commit' | 'abort', done: (error: unknown) => void): void {
  if (end === 'commit') producer.commitTransaction(10_000, done);
  else producer.abortTransaction(10_000, done);
}
