/** Producers and consumers behave the same on every broker. */
import { randomBytes } from 'node:crypto';

import {
  connectBroker,
  fromJson,
  toJson,
  type BrokerConnection,
  type BrokerOptions,
  type Consumer,
  type ConsumerOptions,
} from '../../src/library';
import { until } from '../helpers/cli';
import { KafkaServer } from '../helpers/kafka';
import { silentLog } from '../helpers/log';
import { BUILD_TIME, PubsubFake } from '../helpers/pubsub';
import { describeWith, type Part } from '../helpers/parts';

const PATIENCE = 90_000;
jest.setTimeout(3 * PATIENCE);

interface Stage {
  readonly name: string;
  readonly needs: readonly Part[];
  readonly start: () => Promise<BrokerOptions>;
  readonly stop: () => Promise<void>;
}

let server: KafkaServer | undefined;
const fake = new PubsubFake();
const common = { log: silentLog, createTopics: true };

const STAGES: readonly Stage[] = [
  {
    name: 'memory',
    needs: [],
    start: async () => ({ ...common, kind: 'memory' }),
    stop: async () => undefined,
  },
  {
    name: 'kafka',
    needs: ['java', 'maven', 'kafka-addon'],
    async start() {
      server = await KafkaServer.create();
      return { ...common, kind: 'kafka', bootstrapServers: server.bootstrapServers };
    },
    stop: async () => server?.close(),
  },
  {
    name: 'embedded kafka',
    needs: ['kafka-addon'],
    start: async () => ({ ...common, kind: 'kafka', embedded: true }),
    stop: async () => undefined,
  },
  {
    name: 'pubsub',
    needs: ['go'],
    async start() {
      await fake.start();
      process.env['PUBSUB_EMULATOR_HOST'] = fake.address;
      return { ...common, kind: 'pubsub' };
    },
    async stop() {
      delete process.env['PUBSUB_EMULATOR_HOST'];
      await fake.kill();
    },
  },
];

interface Point {
  readonly x: number;
}

function toPoint(value: unknown): Point {
  const { x } = value as Partial<Point>;
  if (typeof x !== 'number') throw new TypeError('expected {"x": number}');
  return { x };
}

for (const stage of STAGES) {
  describeWith(stage.needs, `producers and consumers on ${stage.name}`, () => {
    let options: BrokerOptions;
    let broker: BrokerConnection;
    let topic: string;
    const errors: string[] = [];

    beforeAll(async () => {
      options = await stage.start();
    }, BUILD_TIME + PATIENCE);
    afterAll(() => stage.stop(), PATIENCE);
    beforeEach(async () => {
      broker = await connectBroker(options);
      topic = `points-${randomBytes(4).toString('hex')}`;
      errors.length = 0;
    });
    afterEach(() => broker.close(), PATIENCE);

    const inGroup = (more: Partial<ConsumerOptions> = {}): ConsumerOptions => ({
      group: 'g',
      onError: (error) => errors.push(error.code),
      ...more,
    });
    const eventually = (condition: () => boolean): Promise<void> =>
      until(condition, PATIENCE, () => JSON.stringify(errors));
    const publish = async (xs: readonly number[]): Promise<void> => {
      const producer = broker.createProducer(topic, { serialize: toJson<Point> });
      await producer.sendAll(xs.map((x) => ({ value: { x }, key: `k${x}`, headers: { unit: 'mm' } })));
    };
    /** A subscription has no past before it was made, so the consumer comes first. */
    const ready = async (consumer: Consumer): Promise<Consumer> => {
      await consumer.ready(AbortSignal.timeout(PATIENCE));
      return consumer;
    };

    it('carry typed values with key and headers', async () => {
      const seen = new Map<number, [string | null, string | undefined]>();
      const consumer = broker.createConsumer(
        topic,
        { ...inGroup(), deserialize: fromJson(toPoint) },
        ({ value, key, header }) => {
          seen.set(value.x, [key, header('unit')]);
        },
      );
      await ready(consumer);
      await publish([1, 2, 3]);
      await eventually(() => seen.size === 3);
      expect(seen.get(2)).toEqual(['k2', 'mm']);
      expect(errors).toEqual([]);
    });

    it('share the messages of a group, and resume at its position', async () => {
      const first = new Set<number>();
      const consumer = await ready(
        broker.createConsumer(topic, { ...inGroup(), deserialize: fromJson(toPoint) }, ({ value }) => {
          first.add(value.x);
        }),
      );
      await publish([1, 2, 3, 4]);
      await eventually(() => first.size === 4);
      await consumer.close();
      await publish([5, 6]);
      const second: number[] = [];
      broker.createConsumer(topic, { ...inGroup(), deserialize: fromJson(toPoint) }, ({ value }) => {
        second.push(value.x);
      });
      await eventually(() => new Set(second).size === 2);
      expect([...new Set(second)].sort()).toEqual([5, 6]);
    });

    it('retry a message when its handler throws, and finally publish a dead letter', async () => {
      const attempts: number[] = [];
      const good = new Set<number>();
      await ready(
        broker.createConsumer(
          topic,
          { ...inGroup({ attempts: 2 }), deserialize: fromJson(toPoint) },
          ({ value, attempt }) => {
            if (value.x !== 13) return void good.add(value.x);
            attempts.push(attempt);
            throw new Error('unlucky');
          },
        ),
      );
      const letters: (string | undefined)[] = [];
      await ready(
        broker.createConsumer(`${topic}.dlq`, { group: 'clerk' }, ({ header }) => {
          letters.push(header('error-code'));
        }),
      );
      await publish([12, 13, 14]);
      await eventually(() => letters.length === 1 && good.size === 2);
      expect(attempts).toEqual([1, 2]);
      expect(letters).toEqual(['HANDLER_FAILED']);
      expect(errors).toEqual(['HANDLER_FAILED', 'HANDLER_FAILED']);
    });

    it('redeliver unsettled messages of a closed consumer to the next one', async () => {
      const held: string[] = [];
      const first = await ready(
        broker.createConsumer(
          topic,
          { ...inGroup({ drainTimeoutMs: 50 }), settle: 'manual' },
          ({ value }) => void held.push(value.toString()),
        ),
      );
      await publish([1, 2]);
      await eventually(() => held.length === 2);
      await first.close();
      const again = new Set<string>();
      await ready(
        broker.createConsumer(topic, { ...inGroup(), settle: 'manual' }, (message) => {
          again.add(message.value.toString());
          message.settle();
        }),
      );
      await eventually(() => again.size === 2);
      expect(errors.every((code) => code === 'DELIVERY_LOST')).toBe(true);
    });

    it('are read completely by an earlier reader without a group', async () => {
      const seen: number[] = [];
      await ready(
        broker.createConsumer(
          topic,
          { ...inGroup({ group: null, from: 'latest' }), deserialize: fromJson(toPoint) },
          ({ value }) => {
            seen.push(value.x);
          },
        ),
      );
      await publish([1, 2, 3]);
      await eventually(() => seen.length === 3);
      expect([...seen].sort()).toEqual([1, 2, 3]);
    });
  });
}

describeWith(['kafka-addon'], 'a producer on a Kafka that is not there', () => {
  it('waits, reports its state, and can be closed', async () => {
    const broker = await connectBroker({ kind: 'kafka', bootstrapServers: '127.0.0.1:1', log: silentLog });
    const producer = broker.createProducer('t');
    await expect(producer.ready(AbortSignal.timeout(500))).rejects.toMatchObject({ code: 'ABORTED' });
    expect(producer.status().state).not.toBe('up');
    await broker.close();
  });
});
