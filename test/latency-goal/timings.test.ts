import { GoalTimings } from '../../src/latency-goal/timings';

const TIMES = { totalMs: 20, queueMs: 8, inferenceMs: 7, publishMs: 5, ageOnArrivalMs: 1_000 };

describe('the timings of a latency goal', () => {
  it('are taken when there are enough of them, and begin again', () => {
    const timings = new GoalTimings(0);
    timings.add(TIMES, 300, 1_000);
    expect(timings.take(1_999)).toBeNull();
    const taken = timings.take(2_000);
    expect(taken?.total.p99).toBeCloseTo(20, 0);
    expect(taken?.queue.p50).toBeCloseTo(8, 0);
    expect(taken?.inference.p99).toBeCloseTo(7, 0);
    expect(taken?.publish.p99).toBeCloseTo(5, 0);
    expect(taken?.ageOnArrival.p50).toBeCloseTo(1_000, -1);
    expect(taken?.outcomeRate).toBe(150);
    expect(timings.take(10_000)).toBeNull();
  });

  it('are taken with fewer after a long time', () => {
    const timings = new GoalTimings(0);
    timings.add(TIMES, 30, 1_000);
    expect(timings.take(19_999)).toBeNull();
    expect(timings.take(20_000)?.outcomeRate).toBe(1.5);
    timings.add(TIMES, 29, 21_000);
    expect(timings.take(100_000)).toBeNull();
  });

  it('leave out what comes before they begin', () => {
    const timings = new GoalTimings(0);
    timings.add({ ...TIMES, totalMs: 900 }, 300, 500);
    timings.startAt(2_000);
    timings.add({ ...TIMES, totalMs: 900 }, 300, 1_999);
    timings.add(TIMES, 200, 2_000);
    expect(timings.take(4_000)?.total.p99).toBeCloseTo(20, 0);
  });
});
