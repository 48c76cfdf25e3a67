import { rowsOfTimes, type RowTimes } from '../../../../src/results/store/sqlite/rows-of-times';

const MARGIN = 2_000;

/** One row per 10 ms, with a gap in the numbers where old rows were deleted. */
function createTimes(first: number, last: number): RowTimes & { asked: number } {
  const times = {
    asked: 0,
    ends: () => ({ first, last }),
    next: (seq: number) => {
      times.asked++;
      const found = Math.max(seq, first);
      return found > last ? undefined : { seq: found, at: found * 10 };
    },
  };
  return times;
}

it('finds the rows of a time by bisection, with a margin on both sides', () => {
  const times = createTimes(100_001, 1_100_000);
  expect(rowsOfTimes({ from: 5_000_000, to: 6_000_000 }, times)).toEqual({
    after: 500_000 - MARGIN,
    before: 600_000 + MARGIN,
  });
  expect(times.asked).toBeLessThan(50);
});

it('keeps an earlier cursor, and asks nothing without times', () => {
  const times = createTimes(1, 100_000);
  expect(rowsOfTimes({ to: 600_000, before: 7 }, times)).toEqual({ before: 7 });
  times.asked = 0;
  expect([rowsOfTimes({ before: 7 }, times), rowsOfTimes({}, times), times.asked]).toEqual([
    { before: 7 },
    {},
    0,
  ]);
});

it('finds no bounds in an empty store', () => {
  const times: RowTimes = { ends: () => ({ first: null, last: null }), next: () => undefined };
  expect(rowsOfTimes({ from: 1 }, times)).toEqual({});
});
