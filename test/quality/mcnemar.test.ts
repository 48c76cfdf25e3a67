import { mcnemar } from '../../src/quality/mcnemar';

describe("McNemar's test", () => {
  it.each([
    // Reference: scipy.stats.binomtest(min(b, c), b + c, 0.5).pvalue
    [{ onlyFirst: 1, onlySecond: 9 }, 0.021484375],
    [{ onlyFirst: 5, onlySecond: 5 }, 1],
    [{ onlyFirst: 0, onlySecond: 6 }, 0.03125],
    [{ onlyFirst: 30, onlySecond: 12 }, 0.0079159],
    [{ onlyFirst: 0, onlySecond: 0 }, 1],
  ])('of %p is %p', (pairs, expected) => {
    expect(mcnemar(pairs)).toBeCloseTo(expected, 6);
    expect(mcnemar({ onlyFirst: pairs.onlySecond, onlySecond: pairs.onlyFirst })).toBeCloseTo(expected, 6);
  });

  it('has a value where 0.5 to the power of n has none', () => {
    const p = mcnemar({ onlyFirst: 20_300, onlySecond: 19_700 });
    // By the normal approximation with continuity correction: z = 599 / 200.
    expect(p).toBeCloseTo(0.00275, 4);
    expect(mcnemar({ onlyFirst: 0, onlySecond: 5_000 })).toBe(0);
  });
});
