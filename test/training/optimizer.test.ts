import { learningRateShare } from '../../src/training/optimizer';

describe('learningRateShare', () => {
  it('falls along a cosine from one to a hundredth', () => {
    expect(learningRateShare(0)).toBe(1);
    expect(learningRateShare(0.5)).toBeCloseTo(0.505);
    expect(learningRateShare(1)).toBeCloseTo(0.01);
  });

  it('rises linearly during the warm-up, then falls', () => {
    expect(learningRateShare(0, 0.2)).toBeCloseTo(0.01);
    expect(learningRateShare(0.1, 0.2)).toBeCloseTo(0.505);
    expect(learningRateShare(0.2, 0.2)).toBe(1);
    expect(learningRateShare(0.6, 0.2)).toBeCloseTo(0.505);
    expect(learningRateShare(1, 0.2)).toBeCloseTo(0.01);
  });
});
