import { RolloutController } from '../../../src/models/serving/rollout';
import { StreamInferError } from '../../../src/core/errors';
import type { Disagreement } from '../../../src/core/model-version';
import { ModelRouter } from '../../../src/models/serving/router';
import { packed } from '../../fixtures/batch';
import { until } from '../../helpers/cli';
import { makeDelivery } from '../../helpers/deliveries';
import { FakePool, openPools } from '../../helpers/fake-pool';
import { silentLog } from '../../helpers/log';
import { createOutcome, MODEL } from '../../helpers/services';

afterEach(() => openPools.clear());

function open() {
  const [active, candidate] = [new FakePool(1), new FakePool(2)];
  const router = new ModelRouter(active, silentLog);
  router.addCandidate(candidate);
  const disagreements: Disagreement[] = [];
  const failures: string[] = [];
  const rollout = new RolloutController({
    router,
    onDisagreements: (found) => disagreements.push(...found),
  });
  rollout.onFailed = (reason) => failures.push(reason);
  router.onFailedBatch = ({ version }, { message, code }) =>
    rollout.batchFailed(version, message, code === 'POOL_BROKEN');
  return { rollout, candidate, disagreements, failures };
}

/** Images of these classes, as the fake pools see them. */
const imagesOf = (labels: readonly number[]) => packed(labels.map((label) => Buffer.alloc(784, label)));
const outcomesOf = (labels: readonly number[], version = 1) =>
  labels.map((label, index) =>
    createOutcome({ index, label, truth: label, model: { ...MODEL, version }, confidence: 0.8 }),
  );

describe('a shadow', () => {
  it('is compared image by image, and disagreements are reported', async () => {
    const { rollout, candidate, disagreements } = open();
    candidate.wrongClasses = 2;
    rollout.begin(2, { mode: 'shadow', share: 1 });
    expect(rollout.canary).toBeNull();
    const labels = [0, 1, 2, 3, 4];
    rollout.shadow?.watch(imagesOf(labels), outcomesOf(labels));
    await until(
      () => rollout.state()?.beside.images === 5,
      10_000,
      () => 'nothing was compared',
    );
    expect(rollout.state()).toMatchObject({
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
    expect(rollout.state()?.latest.map(({ id }) => id)).toEqual(['images/1/0', 'images/0/0']);
  });

  it('does not compare dead letters', async () => {
    const { rollout } = open();
    rollout.begin(2, { mode: 'shadow', share: 1 });
    const [first] = outcomesOf([3]);
    const rejection = { code: 'CORRUPT', message: 'no', stage: 'decode', attempts: 1 } as const;
    rollout.shadow?.watch(imagesOf([3, 4]), [
      first!,
      { kind: 'dead letter', delivery: makeDelivery(1), rejection },
    ]);
    await until(
      () => rollout.state()?.beside.images === 1,
      10_000,
      () => 'nothing was compared',
    );
  });

  it('skips batches when it is behind, and fails after failed batches', async () => {
    const { rollout, candidate, failures } = open();
    rollout.begin(2, { mode: 'shadow', share: 1 });
    candidate.failure = new StreamInferError('OVERLOADED', 'too many wait');
    rollout.shadow?.watch(imagesOf([1, 2]), outcomesOf([1, 2]));
    await until(
      () => rollout.state()?.skipped === 2,
      10_000,
      () => 'not skipped',
    );
    expect(rollout.state()?.failedBatches).toBe(0);
    candidate.failure = new StreamInferError('WORKER_CRASH', 'A worker died.');
    for (let i = 0; i < 3; i++) rollout.shadow?.watch(imagesOf([1]), outcomesOf([1]));
    await until(
      () => failures.length > 0,
      10_000,
      () => 'not failed',
    );
    expect(failures).toEqual(['3 batches failed as shadow: A worker died.']);
    expect(rollout.shadow).toBeNull();
  });
});

describe('a canary', () => {
  it('takes its share of the keys and is counted by the outcomes', async () => {
    const { rollout } = open();
    rollout.begin(2, { mode: 'canary', share: 0.25 });
    expect(rollout.shadow).toBeNull();
    const deliveries = Array.from({ length: 1_000 }, (_, i) =>
      makeDelivery(i, { key: Buffer.from(`key-${i}`) }),
    );
    const taken = deliveries.filter((delivery) => rollout.canary?.takes(delivery));
    expect(taken.length).toBeGreaterThan(150);
    expect(taken.length).toBeLessThan(350);
    expect((await rollout.canary?.classifier.classify(imagesOf([1])))?.model?.version).toBe(2);
    rollout.onOutcomes([...outcomesOf([1, 2, 3], 1), ...outcomesOf([4], 2), ...outcomesOf([5], 9)]);
    expect(rollout.state()).toMatchObject({
      mode: 'canary',
      share: 0.25,
      serving: { images: 3 },
      beside: { images: 1, judged: 1, correct: 1 },
    });
  });

  it('loses no image when it fails, and is withdrawn', async () => {
    const { rollout, candidate, failures } = open();
    rollout.begin(2, { mode: 'canary', share: 1 });
    candidate.failure = new StreamInferError('WORKER_CRASH', 'A worker died.');
    const { canary } = rollout;
    for (let i = 0; i < 4; i++) {
      const result = await canary?.classifier.classify(imagesOf([1]));
      expect(result?.failures.size).toBe(0);
      expect(result?.model?.version).toBe(1);
    }
    expect(failures).toEqual(['3 batches failed as canary: A worker died.']);
    expect(rollout.canary).toBeNull();
  });

  it('ignores everything after its end', () => {
    const { rollout } = open();
    rollout.begin(2, { mode: 'canary', share: 1 });
    rollout.end();
    expect(rollout.canary).toBeNull();
    expect(rollout.state()).toBeNull();
    rollout.onOutcomes(outcomesOf([1]));
    rollout.batchFailed(2, 'late', true);
  });
});
