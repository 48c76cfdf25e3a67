import { GoalKeeper, type GoalSources } from '../../src/latency-goal/keeper';
import { createOutcome } from '../helpers/services';

const LIMITS = { targetMs: 50, maxBatch: 64, workers: 2, maxAhead: 4096 };

function setUp() {
  const clock = { now: 0 };
  const sources: GoalSources = {
    pipeline: () => ({
      batchTarget: { size: 64, reason: 'limit', fit: { perImageMs: 0.1, fixedMs: 1 } },
      perImageMs: 0.12,
    }),
    arrivalRate: () => 500,
    backlog: () => 0,
    now: () => clock.now,
  };
  const keeper = new GoalKeeper(LIMITS, sources);
  const emit = (count: number, totalMs: number, publishMs: number): void => {
    const timing = { queueMs: 1, inferenceMs: 2, totalMs };
    keeper.onOutcomes(
      Array.from({ length: count }, () => createOutcome({ timing })),
      publishMs,
    );
  };
  return { keeper, clock, emit };
}

describe('the keeper of a latency goal', () => {
  const { keeper, clock, emit } = setUp();
  afterAll(() => keeper.close());

  it('measures from arrival to confirmation', () => {
    for (let i = 0; i < 20; i++) emit(20, 12, 8);
    clock.now = 2_500;
    keeper.look();
    const { p99Ms, met, costs } = keeper.state();
    expect(p99Ms).toBeCloseTo(20, 0);
    expect(met).toBe(true);
    expect(costs).toMatchObject({ perImageMs: 0.1, fixedMs: 1, arrivalRate: 500 });
    expect(costs?.publishMs).toBeCloseTo(8, 0);
    expect(costs?.ageOnArrivalMs).toBeLessThan(1_000);
  });

  it('leaves out dead letters, which have no times', () => {
    const { delivery } = createOutcome();
    const rejection = { code: 'CORRUPT', message: '', stage: 'decode', attempts: 1 } as const;
    keeper.onOutcomes([{ kind: 'dead letter', delivery, rejection }], 1e6);
    emit(300, 12, 8);
    clock.now = 5_000;
    keeper.look();
    expect(keeper.state().p99Ms).toBeCloseTo(20, 0);
  });

  it('changes the pace when the goal is missed', () => {
    const before = keeper.pace.latencyBudgetMs;
    for (const at of [8_000, 11_000]) {
      emit(300, 80, 8);
      clock.now = at;
      keeper.look();
    }
    expect(keeper.state()).toMatchObject({ state: 'adjusting', met: false });
    expect(keeper.pace.latencyBudgetMs).toBeLessThan(before);
    expect(keeper.pace.strict).toBe(true);
  });
});
