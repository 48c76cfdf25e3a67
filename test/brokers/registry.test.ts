import { createBroker, type BrokerSettings } from '../../src/brokers/registry';
import { BROKER_KINDS } from '../../src/core/message';
import { silentContext } from '../helpers/broker-context';

const settings: BrokerSettings = {
  kafka: { properties: { 'bootstrap.servers': '127.0.0.1:9' }, embedded: false },
  pubsub: { project: 'some-project' },
  memory: { partitions: 1, retention: 100, redeliverAfterMs: 1_000 },
};

test.each(['memory', 'pubsub'])('the broker "%s" is made without connecting to anything', async (kind) => {
  const broker = await createBroker(kind, settings, silentContext());
  expect(typeof broker.createSource).toBe('function');
  expect(typeof broker.createSink).toBe('function');
  expect(typeof broker.createAdmin).toBe('function');
  await broker.close();
});

test('making the Pub/Sub broker does not load its library', async () => {
  const broker = await createBroker('pubsub', settings, silentContext());
  expect(Object.keys(require.cache).filter((file) => file.includes('@google-cloud'))).toEqual([]);
  await broker.close();
});

test.each(['rabbitmq', '', 'Kafka', 'constructor', '__proto__'])(
  'the unknown broker "%s" is refused with the known ones listed',
  async (kind) => {
    const refused = createBroker(kind, settings, silentContext());
    await expect(refused).rejects.toMatchObject({ name: 'StreamInferError', code: 'UNKNOWN_BROKER' });
    for (const known of BROKER_KINDS) await expect(refused).rejects.toThrow(known);
  },
);
