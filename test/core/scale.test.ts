import { DEFAULT_PLAN, scaleHint, type Load } from '../../src/core/scale';

const LOAD: Load = {
  arrivalRate: 100,
  outcomeRate: 100,
  lag: 0,
  capacity: 1000,
  utilization: 0.1,
  partitions: 6,
  blocked: null,
};

describe('the scale hint', () => {
  it('wants one process for a load that one can carry', () => {
    expect(scaleHint(LOAD, DEFAULT_PLAN)).toEqual({
      replicas: 1,
      load: 0.125,
      reason: 'stay: the load fits',
    });
  });

  it('wants more when more comes in than one should do', () => {
    expect(scaleHint({ ...LOAD, arrivalRate: 1700 }, DEFAULT_PLAN)).toMatchObject({ replicas: 3 });
  });

  it('wants a backlog to be worked off in time', () => {
    const behind = { ...LOAD, lag: 60_000 };
    expect(scaleHint(behind, DEFAULT_PLAN)).toMatchObject({ replicas: 2, load: 1.375 });
    expect(scaleHint(behind, { ...DEFAULT_PLAN, catchUpSeconds: 20 }).replicas).toBe(4);
  });

  it('takes all processes to be as loaded as this one', () => {
    const half = { ...LOAD, arrivalRate: 400 };
    expect(scaleHint(half, { ...DEFAULT_PLAN, replicas: 4 })).toMatchObject({ replicas: 2 });
    const twice = { ...LOAD, arrivalRate: 1600 };
    expect(scaleHint(twice, { ...DEFAULT_PLAN, replicas: 4 })).toMatchObject({ replicas: 8 });
  });

  it('wants no more processes than there are partitions', () => {
    const flood = { ...LOAD, arrivalRate: 50_000, partitions: 3 };
    const hint = scaleHint(flood, { ...DEFAULT_PLAN, replicas: 2 });
    expect(hint.replicas).toBe(6);
    expect(hint.reason).toContain('6 partitions');
  });

  it('uses the utilization of the workers where the broker does not report its backlog', () => {
    const busy = { ...LOAD, lag: null, arrivalRate: null, partitions: null, utilization: 1 };
    expect(scaleHint(busy, DEFAULT_PLAN).replicas).toBe(2);
    expect(scaleHint({ ...busy, utilization: 0.3 }, DEFAULT_PLAN).replicas).toBe(1);
  });

  it('stays as it is while more processes would not help, or nothing was measured', () => {
    const plan = { ...DEFAULT_PLAN, replicas: 5 };
    const blocked = { ...LOAD, arrivalRate: 9_000, blocked: 'sink: the broker is away' };
    expect(scaleHint(blocked, plan)).toMatchObject({ replicas: 5, load: null });
    expect(scaleHint({ ...LOAD, capacity: null }, plan)).toMatchObject({ replicas: 5, load: null });
    expect(scaleHint({ ...LOAD, arrivalRate: null }, plan)).toMatchObject({ replicas: 5, load: null });
  });
});
