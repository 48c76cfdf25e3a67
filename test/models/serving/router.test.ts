import { StreamInferError } from '../../../src/core/errors';
import { ModelRouter } from '../../../src/models/serving/router';
import { packed } from '../../fixtures/batch';
import { createGate, FakePool, openPools } from '../../helpers/fake-pool';
import { silentLog } from '../../helpers/log';

const batch = () => packed([Buffer.alloc(784, 1), Buffer.alloc(784, 2)]);
const crash = new StreamInferError('WORKER_CRASH', 'A worker died.');

afterEach(() => openPools.clear());

function routerWith(pool: FakePool): { router: ModelRouter; failed: number[] } {
  const failed: number[] = [];
  const router = new ModelRouter(pool, silentLog);
  router.onFailedBatch = ({ version }) => failed.push(version);
  return { router, failed };
}

describe('the model router', () => {
  it('routes the next batch to the active model and names it in the result', async () => {
    const { router } = routerWith(new FakePool(1));
    expect((await router.classify(batch())).model?.version).toBe(1);
    router.activate(new FakePool(2));
    expect(router.model.version).toBe(2);
    expect(router.previous?.version).toBe(1);
    expect((await router.classify(batch())).model?.version).toBe(2);
  });

  it('finishes a batch on the pool it started on and closes a pool after its last batch', async () => {
    const old = new FakePool(1);
    const gate = createGate();
    old.gate = gate.promise;
    const { router } = routerWith(old);
    const early = router.classify(batch());
    router.activate(new FakePool(2));
    const ended = router.retirePrevious();
    expect((await router.classify(batch())).model?.version).toBe(2);
    expect(old.closed).toBe(false);
    gate.open();
    expect((await early).model?.version).toBe(1);
    await ended;
    expect(old.closed).toBe(true);
    expect(openPools.size).toBe(1);
  });

  it('rejects a third pool', () => {
    const { router } = routerWith(new FakePool(1));
    router.activate(new FakePool(2));
    expect(() => router.activate(new FakePool(3))).toThrow('two models are loaded already');
  });

  it('rolls back to the previous model at once', async () => {
    const { router } = routerWith(new FakePool(1));
    expect(await router.rollBack()).toBe(false);
    const next = new FakePool(2);
    router.activate(next);
    expect(await router.rollBack()).toBe(true);
    expect(router.model.version).toBe(1);
    expect(next.closed).toBe(true);
    expect((await router.classify(batch())).model?.version).toBe(1);
  });

  it.each(['WORKER_CRASH', 'WORKER_TIMEOUT', 'POOL_BROKEN'] as const)(
    'retries a batch that fails on probation with %s in the previous model and reports it',
    async (code) => {
      const { router, failed } = routerWith(new FakePool(1));
      const next = new FakePool(2);
      next.failure = new StreamInferError(code, 'It does not work.');
      router.activate(next);
      const result = await router.classify(batch());
      expect(result.model?.version).toBe(1);
      expect(result.failures.size).toBe(0);
      expect(failed).toEqual([2]);
    },
  );

  it('does not blame the model on probation for an image that fails in both models', async () => {
    const old = new FakePool(1);
    const { router, failed } = routerWith(old);
    const next = new FakePool(2);
    old.failure = next.failure = crash;
    router.activate(next);
    const result = await router.classify(batch());
    expect([...result.failures.values()].map(({ code }) => code)).toEqual(['WORKER_CRASH', 'WORKER_CRASH']);
    expect(failed).toEqual([]);
  });

  it('keeps the previous model open for a batch in flight after the probation has ended', async () => {
    const old = new FakePool(1);
    const { router } = routerWith(old);
    const next = new FakePool(2);
    const gate = createGate();
    next.gate = gate.promise;
    next.failure = crash;
    router.activate(next);
    const early = router.classify(batch());
    const ended = router.retirePrevious();
    gate.open();
    expect((await early).model?.version).toBe(1);
    await ended;
    expect(old.closed).toBe(true);
  });

  it('rethrows errors that no pool caused', async () => {
    const { router } = routerWith(new FakePool(1));
    const next = new FakePool(2);
    next.failure = new StreamInferError('NOT_READY', 'closed');
    router.activate(next);
    await expect(router.classify(batch())).rejects.toMatchObject({ code: 'NOT_READY' });
  });

  it('has a candidate that falls back to the active model', async () => {
    const { router, failed } = routerWith(new FakePool(1));
    expect((await router.classifyWithCandidate(batch())).model?.version).toBe(1);
    expect(await router.classifyInShadow(batch())).toBeNull();
    const candidate = new FakePool(2);
    router.addCandidate(candidate);
    expect([router.model.version, router.candidate?.version]).toEqual([1, 2]);
    expect((await router.classifyWithCandidate(batch())).model?.version).toBe(2);
    expect((await router.classifyInShadow(batch()))?.model?.version).toBe(2);
    candidate.failure = crash;
    expect((await router.classifyWithCandidate(batch())).model?.version).toBe(1);
    expect(failed).toEqual([2]);
    await expect(router.classifyInShadow(batch())).rejects.toMatchObject({ code: 'WORKER_CRASH' });
    expect(() => router.addCandidate(new FakePool(3))).toThrow('two models are loaded already');
    await router.removeCandidate();
    expect(candidate.closed).toBe(true);
  });

  it('promotes the candidate', async () => {
    const { router } = routerWith(new FakePool(1));
    expect(() => router.promote()).toThrow('no candidate');
    router.addCandidate(new FakePool(2));
    router.promote();
    expect([router.model.version, router.previous?.version, router.candidate]).toEqual([2, 1, null]);
    expect((await router.classify(batch())).model?.version).toBe(2);
    await router.rollBack();
    expect(router.model.version).toBe(1);
  });

  it('reports lost workers of both pools and closes both', async () => {
    const [old, next] = [new FakePool(1), new FakePool(2)];
    const { router } = routerWith(old);
    const lost = jest.fn();
    router.onWorkerLost = lost;
    router.activate(next);
    old.onWorkerLost?.(crash);
    next.onWorkerLost?.(crash);
    expect(lost).toHaveBeenCalledTimes(2);
    await router.close();
    expect(openPools.size).toBe(0);
  });
});
