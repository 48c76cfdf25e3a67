import { ComparisonHistory, type SideTotals } from '../../../src/models/serving/comparison-history';

function open() {
  let now = 0;
  let counted: SideTotals = { images: 0, judged: 0, correct: 0, confidence: 0 };
  let disagreed = 0;
  const history = new ComparisonHistory(
    () => ({ serving: counted, beside: counted, disagreed }),
    () => now,
  );
  const count = (at: number, images: number): void => {
    now = at;
    history.beforeCounting();
    const { judged, correct, confidence } = counted;
    counted = {
      images: counted.images + images,
      judged: judged + images,
      correct: correct + images / 2,
      confidence: confidence + images * 0.75,
    };
    disagreed += 1;
  };
  return { history, count };
}

const at = (seconds: number) => new Date(seconds * 1000).toISOString();

it('counts in slices, without empty ones', () => {
  const { history, count } = open();
  expect(history.slices()).toEqual([]);
  count(1_000, 4);
  count(4_000, 2);
  count(21_000, 8);
  const counts = { images: 6, judged: 6, correct: 3, meanConfidence: 0.75 };
  expect(history.slices()).toEqual([
    { from: at(0), to: at(5), serving: counts, beside: counts, disagreed: 2 },
    expect.objectContaining({ from: at(20), to: at(21), disagreed: 1 }),
  ]);
});

it('joins neighbours when there are too many, and keeps the sums', () => {
  const { history, count } = open();
  for (let second = 0; second < 10_000; second += 5) count(second * 1_000, 2);
  const slices = history.slices();
  expect(slices.length).toBeLessThanOrEqual(60);
  expect(slices.length).toBeGreaterThan(25);
  expect(slices.reduce((sum, { serving }) => sum + serving.images, 0)).toBe(4_000);
  expect(slices.reduce((sum, { disagreed }) => sum + disagreed, 0)).toBe(2_000);
  for (const [i, slice] of slices.slice(1).entries()) expect(slice.from).toBe(slices[i]!.to);
});

it('survives a clock that is set back', () => {
  const { history, count } = open();
  count(60_000, 2);
  count(10_000, 2);
  count(16_000, 2);
  expect(history.slices().reduce((sum, { serving }) => sum + serving.images, 0)).toBe(6);
});
