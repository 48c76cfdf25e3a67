import { Arrivals } from '../../src/core/arrivals';

describe('the arrivals of what is in flight', () => {
  it('have no age when nothing is in flight', () => {
    expect(new Arrivals().oldestMs(1_000)).toBe(0);
  });

  it('are as old as the oldest that is left, in whatever order they leave', () => {
    const arrivals = new Arrivals();
    for (const at of [100, 100, 250, 400]) arrivals.add(at);
    expect(arrivals.oldestMs(500)).toBe(400);
    arrivals.remove(250);
    arrivals.remove(100);
    expect(arrivals.oldestMs(500)).toBe(400);
    arrivals.remove(100);
    expect(arrivals.oldestMs(500)).toBe(100);
    arrivals.remove(400);
    expect(arrivals.oldestMs(500)).toBe(0);
  });
});
