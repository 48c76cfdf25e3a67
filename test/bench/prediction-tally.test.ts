import { PredictionTally } from '../../src/bench/prediction-tally';

const seen = (number: number, at = 1_000 + number, correct = false) => ({ number, at, correct });

describe('the tally of a load', () => {
  it('counts lost images and duplicates', () => {
    const tally = new PredictionTally(100, 4);
    expect([100, 102, 102, 103].map((number) => tally.add(seen(number)))).toEqual([true, true, false, true]);
    expect(tally.counts).toEqual({ lost: 1, duplicates: 1 });
    expect(tally.complete).toBe(false);
    tally.add(seen(101));
    expect(tally.complete).toBe(true);
  });

  it('ignores predictions of other loads', () => {
    const tally = new PredictionTally(10, 2);
    expect([9, 12, NaN].map((number) => tally.add(seen(number)))).toEqual([false, false, false]);
    expect(tally.counts).toEqual({ lost: 2, duplicates: 0 });
  });

  it('excludes the warm-up, in any order of arrival', () => {
    const tally = new PredictionTally(0, 100);
    for (let n = 99; n >= 0; n--) tally.add(seen(n, n < 10 ? n * 100 : 2_000 + n * 5));
    const { imagesPerSecond, counted } = tally.rate(11);
    expect(imagesPerSecond).toBeCloseTo(200);
    expect(counted).toBe(89);
  });

  it('excludes predictions before all processes were ready', () => {
    const tally = new PredictionTally(0, 100);
    for (let n = 0; n < 100; n++) tally.add(seen(n, n < 50 ? n : 1_000 + n * 2));
    expect(tally.rate(0, 1_000).imagesPerSecond).toBeCloseTo(500);
  });

  it('has no rate for too few predictions', () => {
    const tally = new PredictionTally(0, 5);
    expect(tally.rate(0).imagesPerSecond).toBeNaN();
    tally.add(seen(0));
    expect(tally.rate(0).imagesPerSecond).toBeNaN();
    tally.add(seen(1, 2_000));
    expect(tally.rate(2).imagesPerSecond).toBeNaN();
  });

  it('computes the accuracy of the predictions', () => {
    const tally = new PredictionTally(0, 8);
    for (const n of [0, 1, 2, 3]) tally.add(seen(n, n, n > 0));
    expect(tally.accuracy).toBe(0.75);
  });
});
