import { rateAfterWarmUp, WarmUpWatch } from '../../src/bench/warm-up';

/** `count` times, `every` ms apart. */
const times = (count: number, every: number) => Float64Array.from({ length: count }, (_, i) => i * every);

describe('the rate after the warm-up', () => {
  it('excludes the images of the warm-up', () => {
    const slowThenFast = Float64Array.from({ length: 300 }, (_, i) => (i < 100 ? i * 20 : 2_000 + i * 2));
    const { imagesPerSecond, counted } = rateAfterWarmUp(slowThenFast, 101);
    expect(imagesPerSecond).toBeCloseTo(500);
    expect(counted).toBe(199);
  });

  it('ends the warm-up after 10 s, even with few images', () => {
    expect(rateAfterWarmUp(times(301, 100), 100_000)).toEqual({ imagesPerSecond: 10, counted: 201 });
  });

  it('never splits a batch with one timestamp', () => {
    const batches = Float64Array.from({ length: 1_000 }, (_, i) => Math.floor(i / 100) * 50);
    const rates = [0, 1, 50, 99, 150].map((warmUp) => rateAfterWarmUp(batches, warmUp).imagesPerSecond);
    expect(rates).toEqual([2_000, 2_000, 2_000, 2_000, 2_000]);
  });

  it('is unknown without images after the warm-up', () => {
    for (const short of [times(0, 1), times(1, 1), times(50, 1)])
      expect(rateAfterWarmUp(short, 50)).toEqual({ imagesPerSecond: NaN, counted: 0 });
  });
});

describe('the watch over the warm-up', () => {
  it('ends with its images', () => {
    const watch = new WarmUpWatch(100);
    expect([0, 99, 100].map((done) => watch.isOver(done, done))).toEqual([false, false, true]);
  });

  it('ends 10 s after the first image', () => {
    const watch = new WarmUpWatch(1_000_000);
    expect(watch.isOver(0, 50_000)).toBe(false);
    expect(watch.isOver(5, 60_000)).toBe(false);
    expect(watch.isOver(9, 69_999)).toBe(false);
    expect(watch.isOver(9, 70_000)).toBe(true);
  });
});
