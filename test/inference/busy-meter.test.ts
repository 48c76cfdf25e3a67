import { BusyMeter } from '../../src/inference/busy-meter';

describe('the busy meter', () => {
  let now = 0;
  const meter = (workers: number): BusyMeter => new BusyMeter(workers, () => now);

  beforeEach(() => {
    now = 1000;
  });

  it('measures the busy share of the time', () => {
    const two = meter(2);
    two.start();
    now += 500;
    two.stop();
    now += 500;
    expect(two.share()).toBe(0.25);
  });

  it('includes running work and restarts with each reading', () => {
    const one = meter(1);
    one.start();
    now += 1000;
    expect(one.share()).toBe(1);
    now += 500;
    one.stop();
    now += 500;
    expect(one.share()).toBe(0.5);
  });

  it('knows the time since work last started or ended, while any is running', () => {
    const two = meter(2);
    expect(two.sinceStepMs).toBeNull();
    two.start();
    two.start();
    now += 700;
    two.share();
    expect(two.sinceStepMs).toBe(700);
    two.stop();
    now += 200;
    expect(two.sinceStepMs).toBe(200);
    two.stop();
    expect(two.sinceStepMs).toBeNull();
  });

  it('repeats its last reading within a short time', () => {
    const one = meter(1);
    one.start();
    now += 1000;
    expect([one.share(), one.share()]).toEqual([1, 1]);
  });
});
