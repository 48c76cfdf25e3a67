import type { Outcome } from '../../src/core/prediction';
import { createMemoryResults } from '../../src/results/memory-store';
import { createOutcome, type OutcomeFields } from '../helpers/services';

function createStore(capacity = 100) {
  let time = 1000;
  const store = createMemoryResults({ capacity, now: () => time });
  return {
    store,
    pass: (ms: number) => (time += ms),
    add: (...fields: OutcomeFields[]) => store.onOutcomes(fields.map(createOutcome), 2),
  };
}

const rejected: Outcome = {
  kind: 'dead letter',
  delivery: createOutcome().delivery,
  rejection: { code: 'CORRUPT', message: 'x', stage: 'decode', attempts: 1 },
};

it('keeps only the latest predictions, also in its index', () => {
  const { store, add } = createStore(10);
  add(...Array.from({ length: 25 }, (_, index) => ({ index, id: `n${index}` })));
  expect(store.list({ limit: 100 }).map(({ prediction }) => prediction.id)).toEqual(
    Array.from({ length: 10 }, (_, at) => `n${24 - at}`),
  );
  expect(store.get('n14')).toBeUndefined();
  expect(store.image('n14')).toBeUndefined();
  expect(store.get('n15')?.seq).toBe(16);
  expect(store.stats().predictions).toBe(25);
});

it('finds the newer of two predictions with the same id until both are dropped', () => {
  const { store, add } = createStore(3);
  add({ id: 'same', label: 1 }, { id: 'other' }, { id: 'same', label: 2 }, { id: 'third' });
  expect(store.get('same')?.prediction.label).toBe(2);
  add({ id: 'fourth' }, { id: 'fifth' });
  expect(store.get('same')).toBeUndefined();
});

it('has no image for a prediction without one, even if its slot had one before', () => {
  const { store, add } = createStore(2);
  for (const id of ['a', 'b', 'c']) add({ id });
  add({ id: 'd', pixels: new Uint8Array(0) });
  expect(store.get('d')).toBeDefined();
  expect(store.image('d')).toBeUndefined();
});

it('keeps its own copy of the pixels', () => {
  const { store, add } = createStore();
  const pixels = new Uint8Array(784).fill(9);
  add({ id: 'a', pixels });
  pixels.fill(0);
  expect(store.image('a')?.pixels).toEqual(new Uint8Array(784).fill(9));
});

it('pages by cursor while new ones come in', () => {
  const { store, add } = createStore();
  add(...Array.from({ length: 6 }, (_, index) => ({ index })));
  const first = store.list({ limit: 3 });
  add({ index: 50 });
  const second = store.list({ limit: 3, before: first.at(-1)!.seq });
  expect([...first, ...second].map(({ seq }) => seq)).toEqual([6, 5, 4, 3, 2, 1]);
  expect(store.list({ limit: 3, before: 1 })).toEqual([]);
});

it('counts by class, by truth and by code', () => {
  const { store, add } = createStore();
  add({ label: 3, truth: 3 }, { label: 3, truth: 6 }, { label: 9 });
  store.onOutcomes([rejected, rejected], 1);
  expect(store.stats()).toMatchObject({
    predictions: 3,
    deadLetters: 2,
    rejections: { CORRUPT: 2 },
    classes: { Dress: 2, 'Ankle boot': 1, Bag: 0 },
    judged: 2,
    correct: 1,
  });
  expect(store.confusion().matrix[6]?.[3]).toBe(1);
  expect(store.confusion().matrix[3]?.[3]).toBe(1);
});

it('reports the rate of the last second and of the last minute, and drops older counts', () => {
  const { store, pass, add } = createStore();
  for (let tick = 0; tick < 100; tick++) {
    add({ index: tick }, { index: tick });
    pass(100);
  }
  expect(store.stats().rate).toEqual({ last1s: 20, last60s: 20 });
  pass(2000);
  expect(store.stats().rate.last1s).toBe(0);
  expect(store.stats().rate.last60s).toBeCloseTo(200 / 12, 5);
  pass(100_000);
  expect(store.stats().rate).toEqual({ last1s: 0, last60s: 0 });
});

it('reports quantiles by stage within 1 %, and drops them after a minute', () => {
  const { store, pass } = createStore();
  for (let at = 1; at <= 100; at++) {
    store.onOutcomes(
      [createOutcome({ timing: { queueMs: at, inferenceMs: 2, totalMs: at + 2, batchSize: 8 } })],
      10,
    );
  }
  const { latency } = store.stats();
  expect(latency.queue.p50).toBeGreaterThanOrEqual(49.5);
  expect(latency.queue.p50).toBeLessThanOrEqual(50.5);
  expect(Math.abs(latency.queue.p99 - 99)).toBeLessThan(1);
  expect(Math.abs(latency.publish.p95 - 10)).toBeLessThan(0.2);
  expect(Math.abs(latency.total.p50 - 62)).toBeLessThan(1);
  expect(store.stats().meanBatchSize).toBeCloseTo(8);
  pass(31_000);
  expect(store.stats().latency.queue.p99).toBeGreaterThan(90);
  pass(31_000);
  expect(store.stats().latency.queue).toEqual({ p50: 0, p95: 0, p99: 0 });
});

it('tolerates invalid times', () => {
  const { store, add } = createStore();
  add({ timing: { queueMs: -1, inferenceMs: Number.NaN, totalMs: 1e12, batchSize: 0 } });
  expect(store.stats().latency.total.p99).toBeLessThan(70_000);
  expect(Number.isFinite(store.stats().meanBatchSize)).toBe(true);
});
