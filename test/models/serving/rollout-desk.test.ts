import { RolloutDesk } from '../../../src/models/serving/rollout-desk';
import { StreamInferError } from '../../../src/core/errors';
import type { Disagreement } from '../../../src/core/model-version';
import { ModelSlot } from '../../../src/models/serving/model-slot';
import { packed } from '../../fixtures/batch';
import { until } from '../../helpers/cli';
import { makeDelivery } from '../../helpers/deliveries';
import { FakePool, openPools } from '../../helpers/fake-pool';
import { silentLog } from '../../helpers/log';
import { createOutcome, MODEL } from '../../helpers/services';

afterEach(() => openPools.clear());

function open() {
  const [serving, beside] = [new FakePool(1), new FakePool(2)];
  const slot = new ModelSlot(serving, {
    log: silentLog,
    onFailedBatch: ({ version }, { message, code }) =>
      desk.batchFailed(version, message, code === 'RUNTIME_UNAVAILABLE'),
  });
  slot.putBeside(beside);
  const disagreements: Disagreement[] = [];
  const failures: string[] = [];
  const desk: RolloutDesk = new RolloutDesk({
    slot,
    onDisagreements: (found) => disagreements.push(...found),
    onFailed: (reason) => failures.push(reason),
  });
  return { slot, desk, beside, disagreements, failures };
}

/** Images of these classes, as the fake pools see them. */
const imagesOf = (labels: readonly number[]) => packed(labels.map((label) => Buffer.alloc(784, label)));
const outcomesOf = (labels: readonly number[], version = 1) =>
  labels.map((label, index) =>
    createOutcome({ index, label, truth: label, model: { ...MODEL, version }, confidence: 0.8 }),
  );

describe('a shadow', () => {
  it('is compared image by image, and what differs is told', async () => {
    const { desk, beside, disagreements } = open();
    beside.wrongClasses = 2;
    desk.begin(2, { mode: 'shadow', share: 1 });
    expect(desk.canary).toBeNull();
    const labels = [0, 1, 2, 3, 4];
    desk.shadow?.watch(imagesOf(labels), outcomesOf(labels));
    await until(
      () => desk.state()?.beside.images === 5,
      10_000,
      () => 'nothing was compared',
    );
    expect(desk.state()).toMatchObject({
      mode: 'shadow',
      version: 2,
      share: 1,
      serving: { version: 1, images: 5, judged: 5, correct: 5, meanConfidence: 0.8 },
      beside: { version: 2, images: 5, judged: 5, correct: 3, meanConfidence: 1 },
      disagreed: 2,
      skipped: 0,
    });
    expect(disagreements).toMatchObject([
      {
        schemaVersion: 1,
        id: 'images/0/0',
        truth: 0,
        serving: { model: { version: 1 }, label: 0, className: 'T-shirt/top', confidence: 0.8 },
        shadow: { model: { version: 2 }, label: 1, className: 'Trouser', confidence: 1 },
      },
      { serving: { label: 1 }, shadow: { label: 2 } },
    ]);
    expect(desk.state()?.latest.map(({ id }) => id)).toEqual(['images/1/0', 'images/0/0']);
  });

  it('does not compare what was refused', async () => {
    const { desk } = open();
    desk.begin(2, { mode: 'shadow', share: 1 });
    const [first] = outcomesOf([3]);
    const rejection = { code: 'CORRUPT', message: 'no', stage: 'decode', attempts: 1 } as const;
    desk.shadow?.watch(imagesOf([3, 4]), [
      first!,
      { kind: 'dead letter', delivery: makeDelivery(1), rejection },
    ]);
    await until(
      () => desk.state()?.beside.images === 1,
      10_000,
      () => 'nothing was compared',
    );
  });

  it('misses batches when it is behind, and is told of as failed when it fails', async () => {
    const { desk, beside, failures } = open();
    desk.begin(2, { mode: 'shadow', share: 1 });
    beside.failure = new StreamInferError('OVERLOADED', 'too many wait');
    desk.shadow?.watch(imagesOf([1, 2]), outcomesOf([1, 2]));
    await until(
      () => desk.state()?.skipped === 2,
      10_000,
      () => 'not skipped',
    );
    expect(desk.state()?.failedBatches).toBe(0);
    beside.failure = new StreamInferError('WORKER_CRASH', 'A worker died.');
    for (let i = 0; i < 3; i++) desk.shadow?.watch(imagesOf([1]), outcomesOf([1]));
    await until(
      () => failures.length > 0,
      10_000,
      () => 'not failed',
    );
    expect(failures).toEqual(['It failed at 3 batches as shadow: A worker died.']);
    expect(desk.shadow).toBeNull();
  });
});

describe('a canary', () => {
  it('takes its share of the keys, and is counted by the outcomes', async () => {
    const { desk } = open();
    desk.begin(2, { mode: 'canary', share: 0.25 });
    expect(desk.shadow).toBeNull();
    const deliveries = Array.from({ length: 1_000 }, (_, i) =>
      makeDelivery(i, { key: Buffer.from(`key-${i}`) }),
    );
    const taken = deliveries.filter((delivery) => desk.canary?.takes(delivery));
    expect(taken.length).toBeGreaterThan(150);
    expect(taken.length).toBeLessThan(350);
    expect((await desk.canary?.classifier.classify(imagesOf([1])))?.model?.version).toBe(2);
    desk.onOutcomes([...outcomesOf([1, 2, 3], 1), ...outcomesOf([4], 2), ...outcomesOf([5], 9)]);
    expect(desk.state()).toMatchObject({
      mode: 'canary',
      share: 0.25,
      serving: { images: 3 },
      beside: { images: 1, judged: 1, correct: 1 },
    });
  });

  it('that fails loses no image, and is taken back', async () => {
    const { desk, beside, failures } = open();
    desk.begin(2, { mode: 'canary', share: 1 });
    beside.failure = new StreamInferError('WORKER_CRASH', 'A worker died.');
    const { canary } = desk;
    for (let i = 0; i < 4; i++) {
      const result = await canary?.classifier.classify(imagesOf([1]));
      expect(result?.failures.size).toBe(0);
      expect(result?.model?.version).toBe(1);
    }
    expect(failures).toEqual(['It failed at 3 batches as canary: A worker died.']);
    expect(desk.canary).toBeNull();
  });

  it('is over when it ends', () => {
    const { desk } = open();
    desk.begin(2, { mode: 'canary', share: 1 });
    desk.end();
    expect(desk.canary).toBeNull();
    expect(desk.state()).toBeNull();
    desk.onOutcomes(outcomesOf([1]));
    desk.batchFailed(2, 'late', true);
  });
});
