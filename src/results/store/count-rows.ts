import type { Cell } from '../cells';
import { toHistory, type Counted } from '../class-quality';
import { Tally, type MinuteCounts } from '../tally';
import type { Minute, PredictionTotal } from '../view';
import { binSchema, cellSchema, minuteSchema } from './row-schemas';
import type { Rows } from './rows';

/** Most predictions that are read to count the matching ones, which takes about 50 ms. */
export const MOST_COUNTED = 20_000;

export const NO_MATCHES: PredictionTotal = { predictions: 0, judged: 0, correct: 0, complete: true };

/** The answer in the only row of a query that counted; `read` is the number of rows it looked at. */
export function toTotal(found: readonly unknown[]): PredictionTotal {
  const [row] = found as (Omit<PredictionTotal, 'complete'> & { readonly read: number })[];
  if (row === undefined) return NO_MATCHES;
  const { read, predictions, judged, correct } = row;
  return { predictions, judged, correct, complete: read < MOST_COUNTED };
}

/** The counts in the rows of the tables of cells and bins. */
export function toCounted(rows: Rows, cellRows: readonly unknown[], binRows: readonly unknown[]): Counted {
  const { bins } = new Tally();
  const cells = rows
    .valid('cells', cellSchema, cellRows)
    .map(({ truth, label, count }): Cell => [truth, label, count]);
  for (const { bin, count, judged, correct, confidence } of rows.valid('bins', binSchema, binRows))
    bins.set([count, judged, correct, confidence], bin * 4);
  return { cells, bins };
}

/** The last `minutes` minutes up to `now`, oldest first, from rows of the table of minutes. */
export function toMinutes(rows: Rows, found: readonly unknown[], minutes: number, now: number): Minute[] {
  const byMinute = new Map(
    rows
      .valid('minutes', minuteSchema, found)
      .map(({ at, predictions, judged, correct, dead_letters }): [number, MinuteCounts] => [
        at,
        [at, predictions, judged, correct, dead_letters],
      ]),
  );
  return toHistory((at) => byMinute.get(at), minutes, now);
}
