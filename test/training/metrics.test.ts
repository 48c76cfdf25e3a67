import { computeMetrics } from '../../src/training/metrics';

/** Three classes, six images; worked out by hand. */
const labels = Uint8Array.of(0, 0, 0, 1, 1, 2);
const probabilities = Float32Array.of(
  ...[0.8, 0.1, 0.1], // 0, right
  ...[0.5, 0.25, 0.25], // 0, right
  ...[0.25, 0.5, 0.25], // 0, called 1
  ...[0.1, 0.8, 0.1], // 1, right
  ...[0.5, 0.25, 0.25], // 1, called 0
  ...[0.5, 0.5, 0], // 2, called 0: the first of equals
);

describe('computeMetrics', () => {
  const metrics = computeMetrics(probabilities, labels, 3);

  it('counts true classes in rows and predicted ones in columns', () => {
    expect(metrics.confusion).toEqual([
      [2, 1, 0],
      [1, 1, 0],
      [1, 0, 0],
    ]);
    expect([metrics.n, metrics.correct, metrics.accuracy]).toEqual([6, 3, 0.5]);
  });

  it('computes precision, recall and F1 of every class', () => {
    expect(metrics.perClass).toEqual([
      { label: 0, support: 3, precision: 2 / 4, recall: 2 / 3, f1: expect.closeTo(4 / 7) as number },
      { label: 1, support: 2, precision: 1 / 2, recall: 1 / 2, f1: 1 / 2 },
      { label: 2, support: 1, precision: 0, recall: 0, f1: 0 },
    ]);
    expect(metrics.macroF1).toBeCloseTo((4 / 7 + 1 / 2) / 3);
  });

  it('computes a finite log loss even for a probability of 0', () => {
    const expected = -[0.8, 0.5, 0.25, 0.8, 0.25, 1e-7].map(Math.log).reduce((a, b) => a + b) / 6;
    expect(metrics.logLoss).toBeCloseTo(expected, 5);
  });

  it('is all zero without images, and rejects different lengths', () => {
    expect(computeMetrics(new Float32Array(0), new Uint8Array(0), 3)).toMatchObject({
      n: 0,
      accuracy: 0,
      logLoss: 0,
    });
    expect(() => computeMetrics(new Float32Array(5), labels, 3)).toThrow('5 probabilities for 6 × 3');
  });
});
