import { ReadinessWatch } from './readiness';
import { Stalls } from './stalls';

describe('stalls', () => {
  it('last from the last outcome of a partition while it has open messages', () => {
    const stalls = new Stalls();
    stalls.published(1, 0, 1_000);
    stalls.published(2, 0, 2_000);
    stalls.published(3, 1, 2_500);
    expect(stalls.worst(3_000)).toEqual({ partition: 0, ms: 2_000, waiting: 2 });
    stalls.outcome(1, 4_000);
    expect(stalls.worst(5_000)).toEqual({ partition: 1, ms: 2_500, waiting: 1 });
    stalls.outcome(3, 5_000);
    expect(stalls.worst(6_000)).toEqual({ partition: 0, ms: 2_000, waiting: 1 });
    stalls.outcome(2, 6_000);
    expect(stalls.worst(9_000)).toBeUndefined();
  });

  it('start with the message, not with the idle time before it', () => {
    const stalls = new Stalls();
    stalls.published(1, 0, 0);
    stalls.outcome(1, 10);
    stalls.published(2, 0, 60_000);
    expect(stalls.worst(61_000)?.ms).toBe(1_000);
  });

  it('count from a given time, such as the end of the last fault', () => {
    const stalls = new Stalls();
    stalls.published(1, 0, 0);
    expect(stalls.worst(50_000, 45_000)?.ms).toBe(5_000);
  });

  it('ignore an outcome that was seen before its confirmation', () => {
    const stalls = new Stalls();
    stalls.outcome(1, 0);
    stalls.published(1, 0, 10);
    expect(stalls.waiting).toBe(0);
  });
});

describe('readiness', () => {
  it('is wrong when all instances report ready during a long stall', () => {
    const watch = new ReadinessWatch();
    for (let ms = 0; ms <= 45_000; ms += 500) watch.sample(true, ms, ms);
    expect(watch.lied).toBe(true);
  });

  it('is right when an instance reports the stall, and shortly after an outage', () => {
    const watch = new ReadinessWatch();
    for (let ms = 0; ms <= 40_000; ms += 500) watch.sample(ms < 30_000, ms, ms);
    for (let ms = 40_500; ms <= 44_000; ms += 500) watch.sample(true, ms, ms);
    watch.sample(true, 500, 44_500);
    expect(watch.lied).toBe(false);
  });
});
