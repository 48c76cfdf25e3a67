import { RateLimit } from '../../src/pipeline/rate-limit';

/** Takes all there is room for, every 50 ms as the pipeline does. */
function takenIn(seconds: number, perSecond: number): number {
  let now = 0;
  const limit = new RateLimit(perSecond, () => now);
  let taken = 0;
  for (; now < seconds * 1_000; now += 50) {
    const room = limit.room();
    limit.take(room);
    taken += room;
  }
  return taken;
}

describe('the rate of the input', () => {
  it.each([0.5, 1, 7, 100, 20_000])('is %d per second', (perSecond) => {
    expect(takenIn(60, perSecond)).toBeGreaterThanOrEqual(Math.floor(59 * perSecond));
    expect(takenIn(60, perSecond)).toBeLessThanOrEqual(60 * perSecond + 1);
  });

  it('keeps no unused allowance for long', () => {
    let now = 0;
    const limit = new RateLimit(100, () => now);
    now = 3_600_000;
    expect(limit.room()).toBe(20);
  });
});
