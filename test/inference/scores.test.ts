import { toScores } from '../../src/inference/scores';

const rounded = (values: Float32Array) => Array.from(values, (value) => Number(value.toFixed(5)));

describe('toScores', () => {
  it('leaves probabilities as they are, in place', () => {
    const values = Float32Array.of(0.2, 0.8, 1, 0);
    expect(toScores(values, 2, 2, { activation: 'none' })).toBe(values);
    expect(rounded(values)).toEqual([0.2, 0.8, 1, 0]);
  });

  it('applies softmax to each image, also to numbers whose exponential overflows', () => {
    const values = Float32Array.of(1, 2, 3, 1000, 1000, -1000);
    expect(rounded(toScores(values, 2, 3, { activation: 'softmax' }))).toEqual([
      0.09003, 0.24473, 0.66524, 0.5, 0.5, 0,
    ]);
  });

  it('applies sigmoid to each number', () => {
    const values = Float32Array.of(0, 2, -2, 1000, -1000, 1);
    expect(rounded(toScores(values, 2, 3, { activation: 'sigmoid' }))).toEqual([
      0.5, 0.8808, 0.1192, 1, 0, 0.73106,
    ]);
  });

  it.each<['none' | 'softmax' | 'sigmoid', number[], number[]]>([
    ['none', [0.25, 1], [0.75, 0.25, 0, 1]],
    ['sigmoid', [2, 0], [0.1192, 0.8808, 0.5, 0.5]],
    ['softmax', [2, 0], [0.1192, 0.8808, 0.5, 0.5]],
  ])('makes two scores of one number, with %s', (activation, values, scores) => {
    expect(rounded(toScores(Float32Array.from(values), 2, 2, { activation }))).toEqual(scores);
  });

  it.each([
    [6, 2, 2, 'the model has 3 outputs per image, but there are 2 labels'],
    [2, 2, 3, 'the model has 1 output per image, but there are 3 labels'],
  ])('refuses %d numbers for %d images and %d labels', (length, n, classes, message) => {
    expect(() => toScores(new Float32Array(length), n, classes, { activation: 'none' })).toThrow(
      expect.objectContaining({ code: 'MODEL_CORRUPT', message }) as Error,
    );
  });
});
