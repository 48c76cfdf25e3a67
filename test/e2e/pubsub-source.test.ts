import { createPubsubBroker } from '../../src/brokers/pubsub/broker';
import { plainAcknowledger } from '../../src/brokers/pubsub/acknowledger';
import { PubsubConnection } from '../../src/brokers/pubsub/connection';
import { PubsubSource } from '../../src/brokers/pubsub/source';
import type { Delivery } from '../../src/core/message';
import type { Broker, MessageSource, SourceOptions } from '../../src/core/ports';
import { silentContext } from '../helpers/broker-context';
import { silentLog } from '../helpers/log';
import { describeWith } from '../helpers/parts';
import { BUILD_TIME, PubsubFake } from '../helpers/pubsub';

const TOPIC = { topic: 'images', subscription: 'images-sub' };
const PATIENCE = 30_000;

describeWith(['go'], 'the Pub/Sub source', () => {
  const fake = new PubsubFake();
  let broker: Broker;

  beforeEach(async () => {
    await fake.start();
    process.env['PUBSUB_EMULATOR_HOST'] = fake.address;
    broker = createPubsubBroker({}, silentContext());
  }, BUILD_TIME);

  afterEach(async () => {
    await broker.close();
    await fake.kill();
    delete process.env['PUBSUB_EMULATOR_HOST'];
  }, PATIENCE);

  test(
    'reaches an emulator at an IPv6 address',
    async () => {
      const six = new PubsubFake();
      await six.start('[::1]:0');
      process.env['PUBSUB_EMULATOR_HOST'] = six.address;
      try {
        const sink = broker.createSink();
        await sink.open(patience());
        await createTopics();
        await sink.publish('images', [message('six')]);
      } finally {
        await six.kill();
      }
    },
    PATIENCE,
  );

  test(
    'waits for a broker that starts later, and reports that',
    async () => {
      await fake.kill();
      const source = createSource();
      const sink = broker.createSink();
      const opening = Promise.all([source.open(patience()), sink.open(patience())]);
      await until(() => source.status().state === 'down' && sink.status().state === 'down');
      expect(source.status().reason).toMatch(/^the subscription images-sub: .+/);
      expect(sink.status().reason).toMatch(/^Pub\/Sub: .+/);
      await fake.start();
      await until(() => sink.status().state === 'up');
      await until(() => /NOT_FOUND/.test(source.status().reason ?? ''));
      await createTopics();
      await opening;
      await sink.publish('images', [message('late')]);
      expect(await take(source, 1)).toMatchObject([{ value: Buffer.from('late') }]);
    },
    2 * PATIENCE,
  );

  test(
    'stops waiting for a broker that is down when its signal aborts',
    async () => {
      await fake.kill();
      const source = createSource();
      const sink = broker.createSink();
      const giveUp = AbortSignal.timeout(500);
      const opening = Promise.allSettled([source.open(giveUp), sink.open(giveUp)]);
      for (const result of await opening) {
        expect(result).toMatchObject({ status: 'rejected', reason: { code: 'ABORTED' } });
      }
    },
    PATIENCE,
  );

  test(
    'close cancels a pending open',
    async () => {
      const source = createSource();
      const opening = source.open(patience());
      const ended = expect(opening).rejects.toMatchObject({ code: 'ABORTED' });
      await until(() => source.status().state === 'down');
      await source.close();
      await ended;
      expect(source.status()).toEqual({ state: 'closed' });
    },
    PATIENCE,
  );

  test(
    'continues after its subscription is recreated',
    async () => {
      await createTopics();
      const source = createSource();
      await source.open(patience());
      await publish('before');
      source.settle(await take(source, 1));
      await broker.createAdmin().deleteTopics([TOPIC]);
      await until(() => source.status().state === 'down');
      expect(source.status().reason).toMatch(/images-sub/);
      expect(await source.receive(1, patience())).toEqual([]);
      await createTopics();
      await until(() => source.status().state === 'up');
      await publish('after');
      expect(await take(source, 1)).toMatchObject([{ value: Buffer.from('after') }]);
    },
    2 * PATIENCE,
  );

  test(
    'releases unsettled messages on close, so that they are redelivered immediately',
    async () => {
      await createTopics();
      const first = createSource();
      await first.open(patience());
      await publish('a', 'b', 'c');
      const [settled, ...left] = await take(first, 3);
      first.settle([settled as Delivery]);
      const closing = performance.now();
      await first.close();
      const second = createSource();
      await second.open(patience());
      const again = await take(second, 2);
      // The subscription's lease is 60 s, the stream's at least 10 s.
      expect(performance.now() - closing).toBeLessThan(8_000);
      expect(again.map((d) => d.sourceId).sort()).toEqual(left.map((d) => d.sourceId).sort());
    },
    2 * PATIENCE,
  );

  test(
    'closes within seconds when the broker is down with messages in flight',
    async () => {
      await createTopics();
      const source = createSource();
      await source.open(patience());
      await publish('a', 'b');
      const [first] = await take(source, 2);
      await fake.kill();
      source.settle([first as Delivery]);
      const start = performance.now();
      await source.close();
      expect(performance.now() - start).toBeLessThan(6_000);
    },
    PATIENCE,
  );

  test(
    'publishing to a broker that is down rejects in time, and the sink reports the cause',
    async () => {
      const sink = broker.createSink();
      await sink.open(patience());
      await fake.kill();
      const error: unknown = await sink.publish('images', [message('lost')]).catch((e: unknown) => e);
      expect(error).toMatchObject({ name: 'StreamInferError', retryable: true });
      expect(sink.status()).toMatchObject({ state: 'down', reason: expect.any(String) as string });
    },
    2 * PATIENCE,
  );

  test(
    'administration of a broker that is down rejects with BROKER_UNREACHABLE',
    async () => {
      await fake.kill();
      await expect(createTopics()).rejects.toMatchObject({ code: 'BROKER_UNREACHABLE' });
    },
    PATIENCE,
  );

  test(
    'reports the topic of the subscription, regardless of the configuration',
    async () => {
      await broker.createAdmin().createTopics([{ topic: 'uploads', subscription: 'images-sub' }]);
      const source = createSource();
      await source.open(patience());
      await publishTo('uploads', 'a');
      expect(await take(source, 1)).toMatchObject([{ origin: { topic: 'uploads' } }]);
      expect(await broker.topicOf?.('images-sub')).toBe('uploads');
      expect(await broker.topicOf?.('projects/stream-infer-local/subscriptions/images-sub')).toBe('uploads');
      await expect(broker.topicOf?.('nowhere-sub')).rejects.toMatchObject({ code: 'TOPIC_MISSING' });
    },
    PATIENCE,
  );

  test(
    "reads another project's subscription under a name with every legal character",
    async () => {
      const [topic, subscription] = [
        'projects/other/topics/up~l+o%ds',
        'projects/other/subscriptions/a~b+c%d-e_f.g',
      ];
      await broker.createAdmin().createTopics([{ topic, subscription }]);
      const source = createSource({ subscription });
      await source.open(patience());
      await publishTo(topic, 'a');
      const deliveries = await take(source, 1);
      expect(deliveries).toMatchObject([{ value: Buffer.from('a'), origin: { topic } }]);
      source.settle(deliveries);
      await source.close();
      expect(await fake.messages('other', 'up~l+o%ds')).toMatchObject([{ acks: 1 }]);
    },
    PATIENCE,
  );

  test(
    'is down after the topic of its subscription is deleted, and still reads the remaining messages',
    async () => {
      await createTopics();
      await publish('left');
      await deleteTopicAlone();
      const source = createSource();
      await source.open(patience());
      expect(await take(source, 1)).toMatchObject([{ value: Buffer.from('left') }]);
      expect(source.status()).toMatchObject({
        state: 'down',
        reason: expect.stringMatching(
          /topic of the subscription images-sub was deleted.*create it again/s,
        ) as string,
      });
      await expect(broker.topicOf?.('images-sub')).rejects.toMatchObject({ code: 'TOPIC_MISSING' });
    },
    PATIENCE,
  );

  test(
    'detects that the topic is deleted while it reads',
    async () => {
      await createTopics();
      const connection = new PubsubConnection({}, silentLog);
      const options = {
        ...TOPIC,
        group: 'g',
        from: 'earliest',
        maxInFlight: 9,
        maxInFlightBytes: 9_999,
      } as const;
      const source = new PubsubSource(options, connection, silentLog, plainAcknowledger, 100);
      await source.open(patience());
      expect(source.status().state).toBe('up');
      await deleteTopicAlone();
      await until(() => source.status().state === 'down');
      expect(source.status().reason).toMatch(/was deleted/);
      await source.close();
      await connection.close();
    },
    PATIENCE,
  );

  test(
    'leases nothing more after a stop, and settles its messages in flight',
    async () => {
      await createTopics();
      const source = createSource();
      await source.open(patience());
      await publish('before');
      const deliveries = await take(source, 1);
      source.stop?.(10_000);
      await publish('after', 'after', 'after');
      await new Promise((resolve) => setTimeout(resolve, 300));
      source.settle(deliveries);
      expect(await source.receive(9, patience())).toEqual([]);
      const start = performance.now();
      await source.close();
      expect(performance.now() - start).toBeLessThan(3_000);
      const [before, ...after] = await fake.messages('stream-infer-local', 'images');
      expect(before).toMatchObject({ deliveries: 1, acks: 1 });
      expect(after.map(({ deliveries: count }) => count)).toEqual([0, 0, 0]);
    },
    PATIENCE,
  );

  test(
    'a reader without a group deletes its subscription on close',
    async () => {
      await createTopics();
      const { PubSub } = await import('@google-cloud/pubsub');
      const client = new PubSub({
        projectId: 'stream-infer-local',
        clientOptions: { universeDomain: 'googleapis.com' },
      });
      const count = async (): Promise<number> => (await client.topic('images').getSubscriptions())[0].length;
      const reader = createSource({ group: null, from: 'latest' });
      await reader.open(patience());
      expect(await count()).toBe(2);
      await reader.close();
      expect(await count()).toBe(1);
      await client.close();
    },
    PATIENCE,
  );

  function createSource(options: Partial<SourceOptions> = {}): MessageSource {
    const group = options.group === undefined ? 'workers' : options.group;
    return broker.createSource({
      topic: TOPIC.topic,
      ...(group === null ? {} : { subscription: TOPIC.subscription }),
      from: 'earliest',
      maxInFlight: 100,
      maxInFlightBytes: 1_000_000,
      ...options,
      group,
    });
  }

  async function createTopics(): Promise<void> {
    await broker.createAdmin().createTopics([TOPIC]);
  }

  test(
    'publishes ordering keys on request, also after a refused publish, which blocks a key in the client',
    async () => {
      const sink = broker.createSink();
      await sink.open(patience());
      const ordered = ['1', '2'].map((value) => ({
        ...message(value),
        headers: [['n', value] as const],
        key: 'k',
        ordered: true,
      }));
      await expect(sink.publish('images', ordered)).rejects.toMatchObject({ code: 'TOPIC_MISSING' });
      await createTopics();
      await sink.publish('images', [...ordered, { ...message(''), key: 'k' }]);
      await sink.close();
      const stored = await fake.messages('stream-infer-local', 'images');
      const keys = stored.map(({ attributes, orderingKey }) => [attributes?.['n'], orderingKey]);
      expect(keys.filter(([number]) => number !== undefined)).toEqual([
        ['1', 'k'],
        ['2', 'k'],
      ]);
      expect(keys.filter(([number]) => number === undefined)).toEqual([[undefined, '']]);
    },
    PATIENCE,
  );

  /** Its subscription stays. */
  async function deleteTopicAlone(): Promise<void> {
    await broker.createAdmin().deleteTopics([{ topic: TOPIC.topic }]);
  }

  async function publish(...values: string[]): Promise<void> {
    await publishTo(TOPIC.topic, ...values);
  }

  async function publishTo(topic: string, ...values: string[]): Promise<void> {
    const sink = broker.createSink();
    await sink.publish(topic, values.map(message));
    await sink.close();
  }
});

function message(value: string): { key: null; value: Buffer; headers: [] } {
  return { key: null, value: Buffer.from(value), headers: [] };
}

function patience(): AbortSignal {
  return AbortSignal.timeout(PATIENCE);
}

async function take(source: MessageSource, count: number): Promise<Delivery[]> {
  const deliveries: Delivery[] = [];
  await until(async () => {
    deliveries.push(...(await source.receive(count - deliveries.length, patience())));
    return deliveries.length === count;
  });
  return deliveries;
}

async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  const signal = patience();
  while (!(await condition())) {
    if (signal.aborted) throw new Error(`not true after ${PATIENCE} ms: ${condition.toString()}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
