import type { Expectations } from '../../src/core/baseline';
import { chanceIndex, DriftWindow, shiftIndex, stabilityIndex } from '../../src/quality/drift';

const expected: Expectations = {
  images: 5_000,
  classes: [0.5, 0.5],
  confidence: { edges: [0.5, 0.9], shares: [0.2, 0.3, 0.5] },
  brightness: { mean: 70, deviation: 30 },
  contrast: { mean: 80, deviation: 20 },
};
/** As expected in everything. */
const usual = (i: number) => ({
  label: i % 2,
  confidence: [0.4, 0.4, 0.6, 0.7, 0.8, 0.9, 0.95, 1, 1, 1][i % 10]!,
});

function filled(of: (i: number) => { label: number; confidence: number }, brightness = 70, contrast = 80) {
  const window = new DriftWindow(expected);
  for (let i = 0; i < 1_000; i++) {
    const { label, confidence } = of(i);
    const pixels = { images: 10, of: 10, brightness: 10 * brightness, contrast: 10 * contrast };
    window.add(label, confidence, i % 10 === 0 ? pixels : undefined);
  }
  return window;
}

describe('an index', () => {
  it('is nothing for the same, and the divergence of Jeffreys otherwise', () => {
    expect(stabilityIndex([0.5, 0.5], [0.5, 0.5])).toBe(0);
    expect(stabilityIndex([0.75, 0.25], [0.5, 0.5])).toBeCloseTo(0.2747, 4);
    expect(stabilityIndex([1, 0], [0.5, 0.5])).toBeGreaterThan(4);
    expect(shiftIndex(85, { mean: 70, deviation: 30 })).toBeCloseTo(0.25, 9);
  });

  it('has a limit for what chance does, which falls with the number of predictions', () => {
    // Quantiles of chi-squared at 0.9999: 33.72 with 9 degrees of freedom, 15.14 with 1.
    expect(chanceIndex(9, 1_000, Infinity) * 1_000).toBeCloseTo(33.7, 0);
    expect(chanceIndex(1, 1_000, Infinity) * 1_000).toBeGreaterThan(15.1);
    expect(chanceIndex(9, 100, 5_000)).toBeGreaterThan(0.3);
  });
});

describe('a window of predictions', () => {
  it('is near the baseline where all is as usual', () => {
    const finding = filled(usual).measure(0.1);
    expect(finding.measures.map(({ measure }) => measure)).toEqual([
      'classes',
      'confidence',
      'brightness',
      'contrast',
    ]);
    for (const { index, limit } of finding.measures) expect(index).toBeLessThan(limit);
    expect(finding).toMatchObject({ samples: 1_000, expected: [0.5, 0.5] });
  });

  it.each([
    ['classes', filled((i) => ({ ...usual(i), label: i % 5 === 0 ? 1 : 0 }))],
    ['confidence', filled((i) => ({ ...usual(i), confidence: 0.4 }))],
    ['brightness', filled(usual, 100)],
    ['contrast', filled(usual, 70, 50)],
  ] as const)('names the %s when those are otherwise', (measure, window) => {
    const finding = window.measure(0.25);
    expect(finding.measure).toBe(measure);
    expect(finding.index).toBeGreaterThan(finding.limit);
  });

  it('reports nothing about unknown pixels', () => {
    const window = new DriftWindow({ images: Infinity, classes: [0.5, 0.5] });
    window.add(0, 1);
    expect(window.measure(0.1).measures).toHaveLength(1);
    const few = new DriftWindow(expected);
    for (let i = 0; i < 100; i++) few.add(i % 2, 1);
    expect(few.measure(0.1).measures.map(({ measure }) => measure)).toEqual(['classes', 'confidence']);
  });

  it('begins again when it is cleared', () => {
    const window = filled((i) => ({ ...usual(i), label: 0 }));
    window.clear();
    expect(window.size).toBe(0);
    for (let i = 0; i < 1_000; i++) window.add(i % 2, usual(i).confidence);
    expect(window.measure(0.1).index).toBeLessThan(0.01);
  });
});
