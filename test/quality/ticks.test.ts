import { decimalsOf, roundTicks } from '../../src/quality/ticks';

describe('ticks', () => {
  it.each([
    [0.1827, 0.5621, [0.1, 0.2, 0.3, 0.4, 0.5, 0.6], 1],
    [74.56, 96.25, [70, 80, 90, 100], 0],
    [92.1, 92.4, [92.1, 92.2, 92.3, 92.4], 1],
    [0, 0, [0, 1], 0],
    [5, 5, [4, 6], 0],
  ])('are round from %d to %d', (low, high, expected, decimals) => {
    expect(roundTicks(low, high)).toEqual(expected);
    expect(decimalsOf(expected)).toBe(decimals);
  });

  it('enclose every range', () => {
    for (const [low, high] of [
      [0.001, 0.0011],
      [1e-9, 3],
      [3, 1_000],
      [89.98, 90.02],
    ] as const) {
      const ticks = roundTicks(low, high);
      expect(ticks[0]).toBeLessThanOrEqual(low);
      expect(ticks.at(-1)).toBeGreaterThanOrEqual(high);
      expect(ticks.length).toBeLessThan(8);
      expect(new Set(ticks.map((tick) => tick.toFixed(decimalsOf(ticks)))).size).toBe(ticks.length);
    }
  });
});
