import { WorkersInUse, type Staffing } from '../../src/latency-goal/workers';

const IDLE = (load: number) => (workers: number) => load / workers;

function staffing(now: number, fields: Partial<Staffing> = {}): Staffing {
  return { now, utilization: IDLE(0.4), behind: false, comfortable: true, ...fields };
}

describe('the workers in use', () => {
  it('are all at first, and fewer after a while when they are idle', () => {
    const workers = new WorkersInUse(4);
    expect(
      [0, 5_000, 10_000, 15_000, 20_000, 30_000].map((now) => [workers.follow(staffing(now)), workers.count]),
    ).toEqual([
      [false, 4],
      [false, 4],
      [true, 3],
      [false, 3],
      [true, 2],
      [true, 1],
    ]);
    expect(workers.follow(staffing(60_000))).toBe(false);
  });

  it('stay as they are between idle and busy', () => {
    const workers = new WorkersInUse(2);
    workers.follow(staffing(0));
    expect(workers.follow(staffing(60_000, { utilization: IDLE(0.6) }))).toBe(false);
    workers.follow(staffing(60_000));
    expect(workers.count).toBe(1);
    expect(workers.follow(staffing(90_000, { utilization: IDLE(0.7) }))).toBe(false);
    expect(workers.follow(staffing(90_000, { utilization: IDLE(0.8) }))).toBe(true);
    expect(workers.count).toBe(2);
  });

  it('are all while the stream is behind, at once', () => {
    const workers = new WorkersInUse(4);
    for (const now of [0, 10_000, 20_000, 30_000]) workers.follow(staffing(now));
    expect(workers.count).toBe(1);
    expect(workers.follow(staffing(31_000, { behind: true }))).toBe(true);
    expect(workers.count).toBe(4);
  });

  it('are not left out while the goal is close', () => {
    const workers = new WorkersInUse(2);
    workers.follow(staffing(0));
    expect(workers.follow(staffing(60_000, { comfortable: false }))).toBe(false);
  });

  it('are left out less often after that was a mistake', () => {
    const workers = new WorkersInUse(2);
    workers.follow(staffing(0));
    workers.follow(staffing(10_000));
    expect(workers.count).toBe(1);
    expect([workers.useAll(12_000), workers.count, workers.useAll(12_000)]).toEqual([true, 2, false]);
    expect(workers.follow(staffing(31_000))).toBe(false);
    expect(workers.follow(staffing(32_000))).toBe(true);
  });
});
