import { clusterOf, livesInProcess, readsBySubscription } from '../../src/config/broker';
import { configSchema, type Config } from '../../src/config/schema';

const config = (values: object): Config => configSchema.parse(values);
const embedded = { embedded: true };

it.each([
  [{ broker: 'memory' }, true],
  [{ broker: 'kafka' }, false],
  [{ broker: 'kafka', kafka: embedded }, true],
  [{ broker: 'pubsub' }, false],
  // Refused by the checks across settings, but not counted as in-process either.
  [{ broker: 'pubsub', kafka: embedded }, false],
] as const)('%j lives in this process: %s', (values, expected) => {
  expect(livesInProcess(config(values))).toBe(expected);
});

it('knows which brokers have subscriptions', () => {
  const brokers = ['memory', 'kafka', 'pubsub'] as const;
  expect(brokers.map((broker) => readsBySubscription({ broker }))).toEqual([false, false, true]);
});

it('identifies a cluster whatever the order of its servers, and each broker on its own', () => {
  const servers = (list: string) =>
    config({ broker: 'kafka', kafka: { properties: { 'bootstrap.servers': list } } });
  expect(clusterOf(servers('b:1,a:1'), {})).toBe('kafka a:1,b:1');
  expect(clusterOf(config({ broker: 'kafka' }), {})).toBe('kafka localhost:9092');
  expect(clusterOf(config({ broker: 'pubsub', pubsub: { project: 'p' } }), {})).toBe('pubsub google p');
  const env = { PUBSUB_EMULATOR_HOST: 'h:1', GOOGLE_CLOUD_PROJECT: 'q' };
  expect(clusterOf(config({ broker: 'pubsub' }), env)).toBe('pubsub h:1 q');
  expect(clusterOf(config({}), env)).toBe('memory');
});
