import fc from 'fast-check';
import type { BatchPrediction } from '../../src/core/batch-prediction';
import type { BatchResult, PackedBatch } from '../../src/core/classification';
import type { ModelDescription } from '../../src/core/model-description';
import { StreamInferError } from '../../src/core/errors';
import type { Outcome } from '../../src/core/prediction';
import type { Rollout } from '../../src/core/rollout';
import { ModelRouter } from '../../src/models/serving/router';
import { BatchClassifier, type Job } from '../../src/pipeline/batch-classifier';
import { ContentCache } from '../../src/result-cache/result-cache';
import { makeDelivery } from '../helpers/deliveries';
import { FakePool } from '../helpers/fake-pool';
import { silentLog } from '../helpers/log';
import { FASHION_MNIST_DESCRIPTION } from '../helpers/model-description';

let offset = 0;

/** A message with an image of this class, and what else is said about it. */
function job(label: number, about: Partial<Job> = {}): Job {
  const delivery = makeDelivery(offset++, { value: Buffer.alloc(784, label) });
  return { delivery, bytes: delivery.value as Buffer, format: 'raw', reply: null, ...about };
}

function setUp(rollout?: Rollout, limits = { entries: 100, bytes: 1e6 }) {
  const pool = new FakePool(1);
  const router = new ModelRouter(pool, silentLog);
  const cache = new ContentCache(limits, router, silentLog);
  const measured: number[] = [];
  const classifier = new BatchClassifier({ classifier: router, cache, rollout }, (images) =>
    measured.push(images),
  );
  const labels = async (...jobs: Job[]) =>
    (await classifier.classify(jobs)).map((outcome) => (outcome as BatchPrediction).label);
  return { pool, router, cache, classifier, labels, measured };
}

/** Another version, whose predictions of the first three classes are different ones. */
function otherPool(version: number): FakePool {
  return Object.assign(new FakePool(version), { wrongClasses: 3 });
}

describe('results by content', () => {
  it('answer equal images without a worker, with the data of their own message', async () => {
    const { pool, cache, classifier, measured } = setUp();
    await classifier.classify([job(1), job(2)]);
    const [first, second, third] = (await classifier.classify([
      job(2, { delivery: makeDelivery(7, { headers: [['label', '3']], key: Buffer.from('k') }) }),
      job(4),
      job(1),
    ])) as BatchPrediction[];
    expect([pool.batches, measured]).toEqual([2, [2, 1]]);
    expect(cache.state).toMatchObject({ hits: 2, misses: 3, entries: 3 });
    expect(first?.prediction).toMatchObject({
      id: 'images/0/7',
      label: 2,
      confidence: 1,
      truth: 3,
      correct: false,
      model: { version: 1 },
      source: { offset: '7', key: 'k' },
      timing: { inferenceMs: 0, batchSize: 2 },
    });
    expect([second?.label, second?.prediction.timing.inferenceMs]).toEqual([4, 1]);
    expect([third?.label, third?.inferenceMs]).toEqual([1, 0]);
    expect(third?.scores).toEqual(Float32Array.from({ length: 10 }, (_, i) => (i === 1 ? 1 : 0)));
    expect(first?.pixelSums).toMatchObject({ images: 1, of: 2 });
  });

  it('need the same content, format and inversion', async () => {
    const { cache, labels } = setUp();
    await labels(job(1));
    await labels(job(1, { invert: 'always' }), job(1, { format: 'png' }), job(2));
    expect(cache.state.hits).toBe(0);
    await labels(job(1, { invert: 'always' }), job(1));
    expect(cache.state.hits).toBe(2);
  });

  it('are forgotten with each change of the model', async () => {
    const { router, labels, cache } = setUp();
    expect(await labels(job(1))).toEqual([1]);
    router.activate(otherPool(2));
    expect(await labels(job(1))).toEqual([2]);
    expect(await labels(job(1))).toEqual([2]);
    await router.rollBack();
    expect(await labels(job(1))).toEqual([1]);
    expect(cache.state).toMatchObject({ hits: 1, misses: 3, entries: 1 });
  });

  it('are not kept when the model was replaced before they came back', async () => {
    const { pool, router, labels } = setUp();
    let open = (): void => undefined;
    pool.gate = new Promise((resolve) => (open = resolve));
    const late = labels(job(1));
    router.activate(otherPool(2));
    expect(await labels(job(0))).toEqual([1]);
    open();
    expect(await late).toEqual([1]);
    expect(await labels(job(1))).toEqual([2]);
  });

  it('are not kept when the previous version answered for the new one', async () => {
    const { router, labels, cache } = setUp();
    const failing = otherPool(2);
    router.activate(failing);
    failing.failure = new StreamInferError('WORKER_CRASH', 'gone');
    expect(await labels(job(1))).toEqual([1]);
    failing.failure = null;
    expect(await labels(job(1))).toEqual([2]);
    expect(cache.state.hits).toBe(0);
  });

  it('are not used by a canary, and are shown to a shadow', async () => {
    const seen: (readonly [PackedBatch, readonly Outcome[]])[] = [];
    const candidate = otherPool(2);
    const canary = { classifier: candidate, takes: () => true };
    const rollout: { -readonly [Name in keyof Rollout]: Rollout[Name] } = {
      canary: null,
      shadow: { watch: (batch, outcomes) => void seen.push([batch, outcomes]) },
    };
    const { labels } = setUp(rollout);
    await labels(job(1));
    expect(await labels(job(1))).toEqual([1]);
    expect(seen.map(([{ size, bytes }, outcomes]) => [size, bytes[0], outcomes.length])).toEqual([
      [1, 1, 1],
      [1, 1, 1],
    ]);
    rollout.canary = canary;
    expect(await labels(job(1))).toEqual([2]);
    expect(await labels(job(1, { reply: () => undefined }))).toEqual([1]);
    expect(candidate.batches).toBe(1);
  });

  it('do not include refused images, and copy decoded pixels', async () => {
    const { pool, classifier } = setUp();
    const all = new Uint8Array(2 * 784).fill(9);
    const classify = pool.classify.bind(pool);
    pool.classify = async (batch): Promise<BatchResult> => {
      const result = await classify(batch);
      const refused = { code: 'CORRUPT', message: 'no', stage: 'decode', attempts: 1 } as const;
      return {
        ...result,
        failures: new Map(batch.size > 1 ? [[0, refused]] : []),
        decoded: new Map([[batch.size - 1, { pixels: all.subarray(784), label: 5, id: 'mine' }]]),
      };
    };
    await classifier.classify([job(1, { format: 'png' }), job(2, { format: 'png' })]);
    all.fill(0);
    const [again] = (await classifier.classify([job(2, { format: 'png' })])) as BatchPrediction[];
    expect(again?.prediction).toMatchObject({ id: 'mine', label: 2, truth: 5 });
    expect(again?.pixels).toEqual(new Uint8Array(784).fill(9));
    await classifier.classify([job(1, { format: 'png' })]);
    expect(pool.batches).toBe(2);
  });

  it.each<[string, Partial<ModelDescription>]>([
    ['a function', { kind: 'function' }],
    ['a model that finds objects', { output: { ...FASHION_MNIST_DESCRIPTION.output, objects: {} as never } }],
  ])('are not kept of %s', (_, about) => {
    const warnings: string[] = [];
    const log = { ...silentLog, warn: (_fields: object, text: string) => void warnings.push(text) };
    const { model } = new FakePool(1);
    const active = { model, description: { ...FASHION_MNIST_DESCRIPTION, ...about } };
    const cache = new ContentCache({ entries: 10, bytes: 1e6 }, active, log);
    for (let i = 0; i < 2; i++) expect(cache.divide([job(1)])).toBeUndefined();
    expect(warnings).toHaveLength(1);
  });

  it('are never those of another version, whatever happens in which order', async () => {
    const step = fc.oneof(
      { weight: 5, arbitrary: fc.array(fc.nat(9), { minLength: 1, maxLength: 6 }) },
      { weight: 1, arbitrary: fc.constantFrom('activate' as const, 'roll back' as const) },
    );
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 30 }), async (steps) => {
        const { router, classifier } = setUp(undefined, { entries: 6, bytes: 1e6 });
        let versions = 1;
        const running: Promise<void>[] = [];
        for (const one of steps) {
          if (one === 'activate' && router.previous === null) {
            versions++;
            router.activate(versions % 2 === 0 ? otherPool(versions) : new FakePool(versions));
          } else if (one === 'roll back') await router.rollBack();
          if (typeof one === 'string') continue;
          const { version } = router.model;
          running.push(
            classifier.classify(one.map((label) => job(label))).then((outcomes) => {
              for (const [i, outcome] of (outcomes as BatchPrediction[]).entries()) {
                const truth = one[i] as number;
                expect(outcome.model.version).toBe(version);
                expect(outcome.label).toBe(version % 2 === 0 && truth < 3 ? truth + 1 : truth);
                expect(outcome.prediction).toMatchObject({ label: outcome.label, model: { version } });
              }
            }),
          );
          if (one.length % 2 === 0) await Promise.all(running);
        }
        await Promise.all(running);
      }),
      { numRuns: 50 },
    );
  });
});
