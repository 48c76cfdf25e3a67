import fc from 'fast-check';
import { capacityOf, freeBatchOf, planOf } from '../../src/latency-goal/plan';

const limits = { targetMs: 100, maxBatch: 256, workers: 2, maxAhead: 4096 };
const fit = { perImageMs: 0.5, fixedMs: 2 };

describe('the plan for a latency goal', () => {
  it('divides what publishing leaves among two batches, and takes no more ahead than goes through in that time', () => {
    const publish = { p50: 5, p99: 20 };
    const plan = planOf({ batches: { fit, perImageMs: 1 }, publish, share: 0.5, workers: 2 }, limits);
    expect(plan.latencyBudgetMs).toBe(20);
    expect(plan.batch).toBe(36);
    // 3,512 images a second for 40 ms of queue and batch, and 5 ms of publishing.
    expect(Math.round(capacityOf(fit, 36, 2))).toBe(3512);
    expect(plan.ahead).toBe(159);
  });

  it('fills each worker once before anything was measured', () => {
    const batches = { fit: null, perImageMs: null };
    const plan = planOf({ batches, publish: { p50: 0, p99: 0 }, share: 0.5, workers: 2 }, limits);
    expect(plan).toEqual({ latencyBudgetMs: 25, batch: 256, ahead: 512 });
  });

  it('assumes no lower costs for larger batches than for the measured ones', () => {
    const batches = { fit: null, perImageMs: 1 };
    const plan = planOf({ batches, publish: { p50: 0, p99: 0 }, share: 0.5, workers: 2 }, limits);
    expect(plan).toEqual({ latencyBudgetMs: 25, batch: 25, ahead: 99 });
  });

  it('knows the batch without a goal only from a fit', () => {
    expect(freeBatchOf({ fit, perImageMs: 1 }, 256)).toBe(95);
    expect(freeBatchOf({ fit, perImageMs: 1 }, 64)).toBe(64);
    expect(freeBatchOf({ fit: null, perImageMs: 1 }, 256)).toBe(256);
  });

  it('stays possible, whatever was measured', () => {
    const time = fc.double({ min: 0, max: 1e5, noNaN: true });
    const cost = fc.double({ min: 1e-6, max: 1e5, noNaN: true });
    const share = fc.double({ min: 0.1, max: 1, noNaN: true });
    fc.assert(
      fc.property(cost, time, time, time, share, (perImageMs, fixedMs, p50, p99, part) => {
        const batches = { fit: { perImageMs, fixedMs }, perImageMs };
        const plan = planOf({ batches, publish: { p50, p99 }, share: part, workers: 2 }, limits);
        expect(plan.latencyBudgetMs).toBeGreaterThan(0);
        expect(plan.batch).toBeGreaterThanOrEqual(1);
        expect(plan.batch).toBeLessThanOrEqual(256);
        expect(plan.ahead).toBeGreaterThanOrEqual(2);
        expect(plan.ahead).toBeLessThanOrEqual(4096);
      }),
    );
  });
});
