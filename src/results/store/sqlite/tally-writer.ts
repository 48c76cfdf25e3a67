import { BIN_COUNT } from '../../../core/confidence-bins';
import type { Tally } from '../../tally';
import type { Database, Statement } from './sql';

/** Adds tallies to the tables of all figures, so that queries do not count predictions. */
export class TallyWriter {
  readonly #cell: Statement;
  readonly #bin: Statement;
  readonly #minute: Statement;

  constructor(db: Database) {
    this.#cell = db.prepare(
      `INSERT INTO cells VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET count = count + excluded.count`,
    );
    this.#bin = db.prepare(
      `INSERT INTO bins VALUES (?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET count = count + excluded.count,
         judged = judged + excluded.judged, correct = correct + excluded.correct,
         confidence = confidence + excluded.confidence`,
    );
    this.#minute = db.prepare(
      `INSERT INTO minutes VALUES (?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET
         predictions = predictions + excluded.predictions, judged = judged + excluded.judged,
         correct = correct + excluded.correct, dead_letters = dead_letters + excluded.dead_letters`,
    );
  }

  add(tally: Tally): void {
    const { cells, bins, minutes } = tally.data();
    for (const [truth, label, count] of cells) this.#cell.run(truth, label, count);
    for (let bin = 0; bin < BIN_COUNT; bin++) {
      const values = bins.subarray(bin * 4, bin * 4 + 4);
      if (values.some((value) => value !== 0)) this.#bin.run(bin, ...values);
    }
    for (const counts of minutes) this.#minute.run(...counts);
  }
}
