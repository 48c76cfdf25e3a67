import { BusyMeter } from '../../src/inference/busy-meter';

describe('the busy meter', () => {
  let now = 0;
  const meter = (workers: number): BusyMeter => new BusyMeter(workers, () => now);

  beforeEach(() => {
    now = 1000;
  });

  it('tells the share of the time in which the workers worked', () => {
    const two = meter(2);
    two.start();
    now += 500;
    two.stop();
    now += 500;
    expect(two.share()).toBe(0.25);
  });

  it('counts what still runs, and starts again with each answer', () => {
    const one = meter(1);
    one.start();
    now += 1000;
    expect(one.share()).toBe(1);
    now += 500;
    one.stop();
    now += 500;
    expect(one.share()).toBe(0.5);
  });

  it('answers the same when asked again at once', () => {
    const one = meter(1);
    one.start();
    now += 1000;
    expect([one.share(), one.share()]).toEqual([1, 1]);
  });
});
