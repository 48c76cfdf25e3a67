import { divide, isInShare } from '../../src/core/rollout';

const keys = Array.from({ length: 4_000 }, (_, i) => ({
  key: Buffer.from(`camera-${i}`),
  sourceId: `${i}`,
}));
const taken = (share: number) => keys.filter((one) => isInShare(one, share));

describe('the share of the keys', () => {
  it('is as large as asked for', () => {
    expect(taken(0)).toHaveLength(0);
    expect(taken(1)).toHaveLength(keys.length);
    for (const share of [0.01, 0.05, 0.5]) expect(taken(share).length / keys.length).toBeCloseTo(share, 1);
  });

  it('only grows: a key of a small share is part of a larger one', () => {
    const larger = new Set(taken(0.2));
    expect(taken(0.05).every((one) => larger.has(one))).toBe(true);
  });

  it('goes by the key alone, and by the source id where there is none', () => {
    const share = 0.3;
    const key = Buffer.from('camera-1');
    const sides = keys.map(({ sourceId }) => isInShare({ key, sourceId }, share));
    expect(new Set(sides).size).toBe(1);
    const without = keys.filter(({ sourceId }) => isInShare({ key: null, sourceId }, share));
    expect(without.length / keys.length).toBeCloseTo(share, 1);
  });
});

it('divides positions by what is taken', () => {
  expect(divide([1, 2, 3, 4], (n) => n % 2 === 0)).toEqual({ taken: [1, 3], rest: [0, 2] });
});
