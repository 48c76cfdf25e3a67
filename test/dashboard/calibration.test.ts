import { macroF1 } from '../../src/core/f1';
import { calibrationError, worstMistake } from '../../src/dashboard/calibration';
import type { ConfidenceBin } from '../../src/core/confidence-bins';
import type { Confusion } from '../../src/results/view';

const bin = (fields: Partial<ConfidenceBin>): ConfidenceBin => ({
  from: 0,
  to: 0.05,
  count: 0,
  judged: 0,
  correct: 0,
  meanConfidence: 0,
  ...fields,
});

const confusion = (fields: Partial<Confusion>): Confusion => ({
  classes: ['a', 'b'],
  matrix: [
    [0, 0],
    [0, 0],
  ],
  pairs: [],
  judged: 0,
  correct: 0,
  perClass: [],
  confidence: [],
  ...fields,
});

describe('the calibration error', () => {
  it('is the gap between confidence and accuracy, weighted by labelled predictions', () => {
    const bins = [
      bin({ count: 10, judged: 10, correct: 5, meanConfidence: 0.6 }),
      bin({ count: 50, judged: 30, correct: 30, meanConfidence: 0.98 }),
      bin({ count: 7, meanConfidence: 0.5 }),
    ];
    expect(calibrationError(bins)).toBeCloseTo((10 * 0.1 + 30 * 0.02) / 40, 10);
  });

  it('is unknown without labelled predictions', () => {
    expect(calibrationError([bin({ count: 7, meanConfidence: 0.5 })])).toBeNull();
  });
});

it('averages F1 over the classes that have one', () => {
  const quality = { className: '', support: 1, precision: 1, recall: 1 };
  const perClass = [0.5, null, 1].map((f1, label) => ({ ...quality, label, f1 }));
  expect(macroF1(perClass)).toBe(0.75);
  expect(macroF1([])).toBeNull();
});

it('returns the most frequent confusion, or none without errors', () => {
  const pairs = [
    { truth: 1, label: 0, count: 3 },
    { truth: 0, label: 1, count: 2 },
  ];
  expect(worstMistake(confusion({ pairs }))).toEqual({ truth: 1, label: 0, count: 3 });
  expect(worstMistake(confusion({}))).toBeNull();
});
