import { StreamInferError } from '../../../src/core/errors';
import { ModelSlot } from '../../../src/models/serving/model-slot';
import { packed } from '../../fixtures/batch';
import { createGate, FakePool, openPools } from '../../helpers/fake-pool';
import { silentLog } from '../../helpers/log';

const batch = () => packed([Buffer.alloc(784, 1), Buffer.alloc(784, 2)]);
const crash = new StreamInferError('WORKER_CRASH', 'A worker died.');

afterEach(() => openPools.clear());

function slotWith(pool: FakePool): { slot: ModelSlot; failed: number[] } {
  const failed: number[] = [];
  const slot = new ModelSlot(pool, { log: silentLog, onFailedBatch: ({ version }) => failed.push(version) });
  return { slot, failed };
}

describe('the model slot', () => {
  it('gives the next batch to what serves, and names it in the result', async () => {
    const { slot } = slotWith(new FakePool(1));
    expect((await slot.classify(batch())).model?.version).toBe(1);
    slot.serve(new FakePool(2));
    expect(slot.model.version).toBe(2);
    expect(slot.standby?.version).toBe(1);
    expect((await slot.classify(batch())).model?.version).toBe(2);
  });

  it('lets a batch end where it began, and closes a pool only after its last batch', async () => {
    const old = new FakePool(1);
    const gate = createGate();
    old.gate = gate.promise;
    const { slot } = slotWith(old);
    const early = slot.classify(batch());
    slot.serve(new FakePool(2));
    const ended = slot.endTrial();
    expect((await slot.classify(batch())).model?.version).toBe(2);
    expect(old.closed).toBe(false);
    gate.open();
    expect((await early).model?.version).toBe(1);
    await ended;
    expect(old.closed).toBe(true);
    expect(openPools.size).toBe(1);
  });

  it('takes no third pool', () => {
    const { slot } = slotWith(new FakePool(1));
    slot.serve(new FakePool(2));
    expect(() => slot.serve(new FakePool(3))).toThrow('two models already');
  });

  it('goes back at once to what served before', async () => {
    const { slot } = slotWith(new FakePool(1));
    expect(await slot.rollBack()).toBe(false);
    const next = new FakePool(2);
    slot.serve(next);
    expect(await slot.rollBack()).toBe(true);
    expect(slot.model.version).toBe(1);
    expect(next.closed).toBe(true);
    expect((await slot.classify(batch())).model?.version).toBe(1);
  });

  it.each(['WORKER_CRASH', 'WORKER_TIMEOUT', 'RUNTIME_UNAVAILABLE'] as const)(
    'gives a batch that the model on trial fails at with %s to the one before, and says so',
    async (code) => {
      const { slot, failed } = slotWith(new FakePool(1));
      const next = new FakePool(2);
      next.failure = new StreamInferError(code, 'It does not work.');
      slot.serve(next);
      const result = await slot.classify(batch());
      expect(result.model?.version).toBe(1);
      expect(result.failures.size).toBe(0);
      expect(failed).toEqual([2]);
    },
  );

  it('does not blame the model on trial for an image that the one before fails at, too', async () => {
    const old = new FakePool(1);
    const { slot, failed } = slotWith(old);
    const next = new FakePool(2);
    old.failure = next.failure = crash;
    slot.serve(next);
    const result = await slot.classify(batch());
    expect([...result.failures.values()].map(({ code }) => code)).toEqual(['WORKER_CRASH', 'WORKER_CRASH']);
    expect(failed).toEqual([]);
  });

  it('keeps what stands by open for a batch that may want it, although the trial is over', async () => {
    const old = new FakePool(1);
    const { slot } = slotWith(old);
    const next = new FakePool(2);
    const gate = createGate();
    next.gate = gate.promise;
    next.failure = crash;
    slot.serve(next);
    const early = slot.classify(batch());
    const ended = slot.endTrial();
    gate.open();
    expect((await early).model?.version).toBe(1);
    await ended;
    expect(old.closed).toBe(true);
  });

  it('passes on what is nobody’s fault', async () => {
    const { slot } = slotWith(new FakePool(1));
    const next = new FakePool(2);
    next.failure = new StreamInferError('NOT_READY', 'closed');
    slot.serve(next);
    await expect(slot.classify(batch())).rejects.toMatchObject({ code: 'NOT_READY' });
  });

  it('has a model beside, which falls back to the one that serves', async () => {
    const { slot, failed } = slotWith(new FakePool(1));
    expect((await slot.classifyBeside(batch())).model?.version).toBe(1);
    expect(await slot.classifyInShadow(batch())).toBeNull();
    const beside = new FakePool(2);
    slot.putBeside(beside);
    expect([slot.model.version, slot.beside?.version]).toEqual([1, 2]);
    expect((await slot.classifyBeside(batch())).model?.version).toBe(2);
    expect((await slot.classifyInShadow(batch()))?.model?.version).toBe(2);
    beside.failure = crash;
    expect((await slot.classifyBeside(batch())).model?.version).toBe(1);
    expect(failed).toEqual([2]);
    await expect(slot.classifyInShadow(batch())).rejects.toMatchObject({ code: 'WORKER_CRASH' });
    expect(() => slot.putBeside(new FakePool(3))).toThrow('two models already');
    await slot.removeBeside();
    expect(beside.closed).toBe(true);
  });

  it('lets the model beside take the place of the one that serves', async () => {
    const { slot } = slotWith(new FakePool(1));
    expect(() => slot.promote()).toThrow('no model beside');
    slot.putBeside(new FakePool(2));
    slot.promote();
    expect([slot.model.version, slot.standby?.version, slot.beside]).toEqual([2, 1, null]);
    expect((await slot.classify(batch())).model?.version).toBe(2);
    await slot.rollBack();
    expect(slot.model.version).toBe(1);
  });

  it('tells of lost workers of either pool, and closes both', async () => {
    const [old, next] = [new FakePool(1), new FakePool(2)];
    const { slot } = slotWith(old);
    const lost = jest.fn();
    slot.onWorkerLost = lost;
    slot.serve(next);
    old.onWorkerLost?.(crash);
    next.onWorkerLost?.(crash);
    expect(lost).toHaveBeenCalledTimes(2);
    await slot.close();
    expect(openPools.size).toBe(0);
  });
});
