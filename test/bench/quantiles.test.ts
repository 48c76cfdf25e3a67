import { distributionOf, quantilesOf } from '../../src/bench/quantiles';

describe('quantiles', () => {
  it('are existing values, by rank', () => {
    const values = Array.from({ length: 100 }, (_, i) => 100 - i);
    expect(quantilesOf(values)).toEqual({ p50: 50, p95: 95, p99: 99 });
    expect(quantilesOf([3, 1, 2])).toEqual({ p50: 2, p95: 3, p99: 3 });
  });

  it('equal a single value', () => {
    expect(distributionOf([7])).toEqual({ mean: 7, p50: 7, p95: 7, p99: 7 });
  });

  it('are NaN without values', () => {
    expect(distributionOf([])).toEqual({ mean: NaN, p50: NaN, p95: NaN, p99: NaN });
  });

  it('include the mean', () => {
    expect(distributionOf([1, 2, 6]).mean).toBe(3);
  });
});
