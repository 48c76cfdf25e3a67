import { parseConfig } from '../../src/config/load';
import type { ConfigInput } from '../../src/config/schema';
import { servedModelsOf } from '../../src/config/served-models';
import type { StreamInferError } from '../../src/core/errors';
import { topicsOfModels } from '../../src/setup/topics';

type Entries = NonNullable<NonNullable<ConfigInput['models']>['serve']>;

const PLENTY: ConfigInput = { inference: { workers: 16 } };

function served(serve: Entries, more: ConfigInput = {}) {
  return parseConfig({ ...PLENTY, ...more, models: { ...more.models, serve } }).served ?? [];
}

function problemOf(serve: Entries, more: ConfigInput = {}): string {
  try {
    served(serve, more);
  } catch (error) {
    return `${(error as StreamInferError).code}: ${(error as StreamInferError).message}`;
  }
  return '';
}

it('is absent for one model, so that nothing changes for it', () => {
  expect(parseConfig({}).served).toBeUndefined();
});

it('gives each model the common settings and its own', () => {
  const [shoes, bags] = served(
    [
      { name: 'shoes', model: './shoes', workers: 3 },
      { name: 'bags', topic: 'bag-images', output: 'bag-predictions', maxBatch: 8, resize: 'stretch' },
    ],
    { shutdownTimeout: '3s', input: { topic: 'shoe-images' } },
  );
  expect(shoes).toMatchObject({
    name: 'shoes',
    sharing: null,
    config: {
      shutdownTimeout: 3000,
      inference: { model: './shoes', workers: 3, maxBatch: 256 },
      input: { topic: 'shoe-images', group: 'stream-infer' },
      models: { serve: [] },
    },
  });
  expect(bags).toMatchObject({
    config: {
      inference: { model: 'bags', workers: 13, maxBatch: 8 },
      input: { topic: 'bag-images', group: 'stream-infer-bags', resize: 'stretch' },
      output: { topic: 'bag-predictions' },
    },
  });
});

it('lets models without a topic share the common one, each with a position of its own', () => {
  const [first, second, third] = served([{ name: 'a' }, { name: 'b' }, { name: 'c', topic: 'other' }]);
  expect(first?.sharing).toEqual(['a', 'b']);
  expect(second?.sharing).toEqual(['a', 'b']);
  expect(third?.sharing).toBeNull();
  expect(first?.config.input).toMatchObject({ topic: 'images', group: 'stream-infer' });
  expect(second?.config.input).toMatchObject({
    topic: 'images',
    group: 'stream-infer-b',
    subscription: 'images-b-sub',
  });
});

it('creates the topics and subscriptions of all models', () => {
  const loaded = parseConfig({ models: { serve: [{ name: 'a' }, { name: 'b' }] }, ...PLENTY });
  const names = topicsOfModels(loaded).map(({ topic, subscription }) => `${topic} ${subscription}`);
  expect(names).toEqual([
    'images images-sub',
    'predictions prediction-receiver',
    'images.dlq images.dlq-sub',
    'labels labels-sub',
    'images images-b-sub',
  ]);
});

it.each<[string, Entries, ConfigInput, string]>([
  ['a name twice', [{ name: 'a' }, { name: 'a', topic: 't' }], {}, 'two models named a; give each a name'],
  [
    'a topic twice',
    [
      { name: 'a', topic: 't' },
      { name: 'b', topic: 't' },
    ],
    {},
    'the topic t belongs to a; use another topic, or omit both',
  ],
  ['the common topic', [{ name: 'a' }, { name: 'b', topic: 'images' }], {}, 'images is input.topic'],
  ['a model besides', [{ name: 'a' }], { inference: { model: 'b' } }, 'inference.model (--model) is set too'],
  ['a remote model besides', [{ name: 'a' }], { model: { url: 'http://m/v2/models/x' } }, 'is set too'],
  [
    'too many workers',
    [
      { name: 'a', workers: 12 },
      { name: 'b', topic: 't', workers: 5 },
    ],
    {},
    'the models need 17 workers, and there are 16',
  ],
  [
    'transactions on a shared topic',
    [{ name: 'a' }, { name: 'b' }],
    { broker: 'kafka', delivery: 'exactly-once' },
    'a transaction cannot skip the messages of other models; give each a topic',
  ],
  [
    'predictions that are read as images',
    [{ name: 'a' }, { name: 'b', topic: 'predictions', output: 'p' }],
    {},
    'a writes to predictions, which b reads',
  ],
  ['a mistake in one model', [{ name: 'a', model: 'ftp://x' }], {}, 'models.serve.0: inference.model:'],
  ['an unknown key', [{ name: 'a', wokers: 1 } as never], {}, 'did you mean models.serve.0.workers?'],
  ['a name that is a route', [{ name: 'rollout' }], {}, 'rollout is a route'],
])('refuses %s', (_what, serve, more, message) => {
  const problem = problemOf(serve, more);
  expect(problem).toContain('CONFIG_INVALID');
  expect(problem).toContain(message);
});

it('takes exactly-once where each model has a topic', () => {
  const models = served([{ name: 'a' }, { name: 'b', topic: 't' }], {
    broker: 'kafka',
    delivery: 'exactly-once',
  });
  expect(models.map(({ config }) => config.delivery)).toEqual(['exactly-once', 'exactly-once']);
});

it('shares the cores, and gives each model at least one thread', () => {
  const workersOn = (cores: number, ...workers: (number | undefined)[]) => {
    const serve = workers.map((own, at) => ({
      name: `m${at}`,
      topic: `t${at}`,
      ...(own && { workers: own }),
    }));
    const values = { models: { serve } };
    const { models, problems } = servedModelsOf(values, parseConfig({ ...PLENTY, ...values }).config, cores);
    return problems[0]?.message ?? models.map(({ config }) => config.inference.workers);
  };
  const { config } = parseConfig({
    ...PLENTY,
    models: { serve: [{ name: 'a' }, { name: 'b', topic: 't' }] },
  });
  const auto = { ...config, inference: { ...config.inference, workers: 'auto' as const } };
  const shares = (cores: number) =>
    servedModelsOf({ models: auto.models }, auto, cores).models.map((one) => one.config.inference.workers);
  expect(shares(1)).toEqual([1, 1]);
  expect(shares(5)).toEqual([3, 2]);
  expect(workersOn(4, 10, undefined, undefined)).toEqual([10, 3, 3]);
});

it('validates the rules of each model, not of all', () => {
  const rule = { name: 'r', kind: 'label' as const, labels: ['Sneaker'] };
  const [first, second] = served([
    { name: 'fashion-mnist', alerts: [rule] },
    { name: 'own', topic: 't', output: 'p' },
  ]);
  expect(first?.config.alerts).toHaveLength(1);
  expect(second?.config.alerts).toEqual([]);
});

it('may read a topic whose name another model would use, if it is not used', () => {
  const serve: Entries = [
    { name: 'a', topic: 'events' },
    { name: 'b', topic: 'labels' },
  ];
  expect(problemOf(serve, { broker: 'kafka' })).toBe('');
  const more: ConfigInput[] = [
    { labels: { enabled: true } },
    { alerts: [{ name: 'bad', kind: 'dead-letters', moreThan: 1 }] },
  ];
  for (const one of more)
    expect(problemOf(serve, { broker: 'kafka', ...one })).toMatch(/(labels|events) is used for two purposes/);
});
