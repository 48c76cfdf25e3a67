import fc from 'fast-check';
import { BatchTarget } from '../../src/pipeline/batch-target';

const limits = { maxBatch: 256, pace: { latencyBudgetMs: 10, strict: false } };

/** Batches of many sizes from a model that takes `perImage · n + fixed`. */
function measured(perImage: number, fixed: number, noise = 0, pace = limits.pace): BatchTarget {
  const target = new BatchTarget({ ...limits, pace });
  for (let i = 0; i < 400; i++) {
    const n = 1 + ((i * 37) % 100);
    target.record(n, perImage * n + fixed + (((i * 7919) % 100) / 100 - 0.5) * noise);
  }
  return target;
}

function behind(target: BatchTarget): BatchTarget {
  for (let i = 0; i < 8; i++) target.observe(true);
  return target;
}

describe('the batch target', () => {
  it('is the limit as long as it has seen too little', () => {
    const target = new BatchTarget(limits);
    for (let i = 0; i < 100; i++) target.record(64, 5);
    expect(target.state()).toEqual({ size: 256, reason: 'measuring', fit: null });
  });

  it('begins with a few images, and with no more than the limit', () => {
    expect(new BatchTarget(limits).size).toBe(8);
    expect(new BatchTarget({ ...limits, maxBatch: 4 }).size).toBe(4);
  });

  it('never takes many seconds for the images of a batch, with and without a fit', () => {
    const slow = new BatchTarget(limits);
    slow.record(8, 8_000);
    expect(slow.state()).toEqual({ size: 2, reason: 'measuring', fit: null });
    const varied = behind(measured(90, 20_000));
    expect(varied.state()).toMatchObject({ size: 22, reason: 'limit' });
    const slower = behind(measured(5_000, 0));
    expect(slower.size).toBe(1);
  });

  it('finds the time of an image and the fixed time of a batch', () => {
    const { fit } = measured(0.1, 2, 0.5).state();
    expect(fit?.perImageMs).toBeCloseTo(0.1, 2);
    expect(fit?.fixedMs).toBeCloseTo(2, 0);
  });

  it('is the largest batch within the latency budget while caught up', () => {
    expect(measured(0.1, 2).state()).toMatchObject({ size: 80, reason: 'latency' });
  });

  it('is the knee of the throughput curve while behind', () => {
    expect(behind(measured(0.1, 0.5)).state()).toMatchObject({ size: 190, reason: 'throughput' });
  });

  it('has a knee although the fixed part is lost in noise: a batch costs something outside of its worker, too', () => {
    const { size, reason } = behind(measured(0.1, 0)).state();
    expect(reason).toBe('throughput');
    expect(size).toBeGreaterThanOrEqual(95);
    expect(size).toBeLessThanOrEqual(96);
  });

  describe('with a latency goal', () => {
    const goal = { latencyBudgetMs: 4, strict: true };

    it('keeps the budget while behind, too', () => {
      const target = measured(0.1, 0.5, 0, goal);
      expect(target.state()).toMatchObject({ size: 35, reason: 'goal' });
      expect(behind(target).state()).toMatchObject({ size: 35, reason: 'goal' });
    });

    it('is not larger than throughput wants', () => {
      const target = measured(0.5, 0.12, 0, { ...goal, latencyBudgetMs: 40 });
      expect(behind(target).state()).toMatchObject({ size: 24, reason: 'throughput' });
    });

    it('follows a budget that changes', () => {
      const pace = { ...goal };
      const target = measured(0.1, 0.5, 0, pace);
      pace.latencyBudgetMs = 2;
      expect(target.size).toBe(15);
    });

    it('takes the mean as long as all batches were of one size', () => {
      const target = new BatchTarget({ maxBatch: 256, pace: goal });
      for (let i = 0; i < 50; i++) target.record(64, 8);
      expect(target.state()).toEqual({ size: 32, reason: 'measuring', fit: null });
    });
  });

  it('reports that the limit applies', () => {
    expect(measured(0.001, 1).state()).toMatchObject({ size: 256, reason: 'limit' });
    expect(behind(measured(0.01, 10)).state()).toMatchObject({ size: 256, reason: 'limit' });
  });

  it('is one image for a model slower than the budget', () => {
    expect(measured(50, 5).size).toBe(1);
  });

  it('does not change for a single observation, only for a row of them', () => {
    const target = measured(0.1, 0.5);
    for (let i = 0; i < 100; i++) target.observe(i % 2 === 0);
    expect(target.state().reason).toBe('latency');
    expect(behind(target).state().reason).toBe('throughput');
  });

  it('follows a model that becomes slower', () => {
    const target = measured(0.01, 0);
    for (let i = 0; i < 2000; i++) target.record(1 + (i % 50), 1 * (1 + (i % 50)));
    expect(target.size).toBeGreaterThanOrEqual(9);
    expect(target.size).toBeLessThanOrEqual(10);
  });

  it('stays between 1 and the limit for any measurement', () => {
    const time = fc.double({ min: 0, max: 1e6, noNaN: true });
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.integer({ min: 1, max: 256 }), time, fc.boolean())), (seen) => {
        const target = new BatchTarget(limits);
        for (const [n, ms, isBehind] of seen) {
          target.record(n, ms);
          target.observe(isBehind);
        }
        expect(target.size).toBeGreaterThanOrEqual(1);
        expect(target.size).toBeLessThanOrEqual(256);
      }),
    );
  });
});
