import { BIN_COUNT } from '../../../core/confidence-bins';
import type { Tally } from '../../tally';
import type { Sql } from './sql';

/**
 * Each part takes its rows in the order of their keys. All processes add to the same rows, so another order in each of
 * them would end in deadlocks.
 */
const ADD = `
  WITH new_cells AS (
    INSERT INTO cells SELECT * FROM unnest($1::int[], $2::int[], $3::bigint[]) AS t (truth, label, count)
    ORDER BY truth, label
    ON CONFLICT (truth, label) DO UPDATE SET count = cells.count + excluded.count
  ), new_bins AS (
    INSERT INTO bins SELECT * FROM unnest($4::int[], $5::bigint[], $6::bigint[], $7::bigint[], $8::float8[])
      AS t (bin, count, judged, correct, confidence)
    ORDER BY bin
    ON CONFLICT (bin) DO UPDATE SET count = bins.count + excluded.count, judged = bins.judged + excluded.judged,
      correct = bins.correct + excluded.correct, confidence = bins.confidence + excluded.confidence
  ), new_minutes AS (
    INSERT INTO minutes SELECT * FROM unnest($9::bigint[], $10::bigint[], $11::bigint[], $12::bigint[], $13::bigint[])
      AS t (at, predictions, judged, correct, dead_letters)
    ORDER BY at
    ON CONFLICT (at) DO UPDATE SET predictions = minutes.predictions + excluded.predictions,
      judged = minutes.judged + excluded.judged, correct = minutes.correct + excluded.correct,
      dead_letters = minutes.dead_letters + excluded.dead_letters
  )
  INSERT INTO counters VALUES ('rows', $14)
  ON CONFLICT (name) DO UPDATE SET value = counters.value + excluded.value`;

/** Adds the figures of a chunk, and the number of rows that it added to the table of predictions, in one statement. */
export async function addTally(sql: Sql, tally: Tally, rows: number): Promise<void> {
  const { cells, bins, minutes } = tally.data();
  const used = Array.from({ length: BIN_COUNT }, (_, bin) => bin).filter((bin) =>
    bins.subarray(bin * 4, bin * 4 + 4).some((value) => value !== 0),
  );
  await sql.query(ADD, [
    ...[0, 1, 2].map((field) => cells.map((cell) => cell[field])),
    used,
    ...[0, 1, 2, 3].map((field) => used.map((bin) => bins[bin * 4 + field])),
    ...[0, 1, 2, 3, 4].map((field) => minutes.map((minute) => minute[field])),
    rows,
  ]);
}
