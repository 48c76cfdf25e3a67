import type { PredictionFilter } from '../../view';
import type { RowRange } from '../conditions';

/** Times of the rows, by their number. */
export interface RowTimes {
  ends(): { readonly first: number | null; readonly last: number | null };
  /** The first row from this number on. */
  next(seq: number): { readonly seq: number; readonly at: number } | undefined;
}

/** Batches are stored concurrently, so that times of neighbours may be in another order. */
const MARGIN = 2_000;

/** The rows that may lie in the times of a filter, found by bisection: rows are numbered in the order of their times. */
export function rowsOfTimes(
  { from, to, before }: Pick<PredictionFilter, 'from' | 'to' | 'before'>,
  times: RowTimes,
): Pick<RowRange, 'after' | 'before'> {
  const ends = from === undefined && to === undefined ? null : times.ends();
  const own = before === undefined ? {} : { before };
  if (ends === null || ends.first === null || ends.last === null) return own;
  const range = { first: ends.first, last: ends.last };
  const after = from === undefined ? undefined : rowAt(from, range, times) - MARGIN;
  const until = to === undefined ? undefined : rowAt(to, range, times) + MARGIN;
  return {
    ...(after !== undefined && { after }),
    ...((until ?? before) !== undefined && { before: Math.min(until ?? Infinity, before ?? Infinity) }),
  };
}

/** Number of the first row at this time or later; one more than the last if there is none. */
function rowAt(at: number, { first, last }: { first: number; last: number }, times: RowTimes): number {
  let [low, high] = [first, last + 1];
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    const row = times.next(middle);
    if (row !== undefined && row.at < at) low = row.seq + 1;
    else high = middle;
  }
  return low;
}
