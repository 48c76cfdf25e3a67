import type { Picture } from '../../../core/picture';
import type { Counted } from '../../class-quality';
import type {
  Minute,
  PredictionConditions,
  PredictionFilter,
  PredictionTotal,
  StoredPrediction,
} from '../../view';
import type { Query } from '../conditions';
import { NO_MATCHES, toCounted, toMinutes, toTotal } from '../count-rows';
import { toPicture, toStoredPredictions } from '../prediction-rows';
import { Rows } from '../rows';
import { commonIdQuery, FEW_ORIGINS, listQuery, originsQuery, totalQuery, type Known } from './list-query';
import { rowsOfTimes, type RowTimes } from './rows-of-times';
import type { Database, Statement } from './sql';

const NO_ROWS = { first: null, last: null };

/** Answers all questions to the store, in its thread. */
export class Reader {
  readonly #get: Statement;
  readonly #images: Statement;
  readonly #times: RowTimes;

  constructor(
    private readonly db: Database,
    private readonly rows = new Rows(),
  ) {
    const ends = db.prepare('SELECT min(seq) AS first, max(seq) AS last FROM predictions');
    const next = db.prepare('SELECT seq, at FROM predictions WHERE seq >= ? ORDER BY seq LIMIT 1');
    this.#times = {
      ends: () => (ends.all() as { first: number | null; last: number | null }[])[0] ?? NO_ROWS,
      next: (seq) => (next.all(seq) as { seq: number; at: number }[])[0],
    };
    this.#get = db.prepare('SELECT seq, body, original FROM predictions WHERE id = ?');
    this.#images = db.prepare(
      'SELECT pixels, about FROM images WHERE seq = (SELECT seq FROM predictions WHERE id = ?)',
    );
  }

  list(filter: PredictionFilter): StoredPrediction[] {
    const known = this.#known(filter);
    if (known === null) return [];
    if (filter.mostConfident) return toStoredPredictions(this.rows, this.#query(listQuery(filter, known)));
    const found: StoredPrediction[] = [];
    const rows = rowsOfTimes(filter, this.#times);
    // Reads more rows for skipped ones, because a short page means that there are no more.
    for (let before = rows.before; ;) {
      const limit = filter.limit - found.length;
      const page = { ...filter, ...rows, limit, ...(before !== undefined && { before }) };
      const read = this.#query(listQuery(page, known));
      found.push(...toStoredPredictions(this.rows, read));
      const last = (read.at(-1) as { seq: number } | undefined)?.seq;
      if (read.length < limit || found.length >= filter.limit || last === undefined) return found;
      before = last;
    }
  }

  total(conditions: PredictionConditions): PredictionTotal {
    const known = this.#known(conditions);
    if (known === null) return NO_MATCHES;
    const range = { ...conditions, ...rowsOfTimes(conditions, this.#times) };
    return toTotal(this.#query(totalQuery(range, known)));
  }

  get(id: string): StoredPrediction | undefined {
    return toStoredPredictions(this.rows, this.#get.all(id))[0];
  }

  image(id: string): Picture | undefined {
    return toPicture(this.rows, this.#images.all(id));
  }

  /** The classes that were predicted, with the name in the latest prediction of each. */
  classNames(): [label: number, name: string][] {
    const labels = new Set(this.counts().cells.map(([, label]) => label));
    return [...labels].flatMap((label) =>
      this.list({ label, limit: 1 }).map(({ prediction }): [number, string] => [label, prediction.className]),
    );
  }

  /** All counts but those of the minutes. */
  counts(): Counted {
    return toCounted(this.rows, this.#all('cells'), this.#all('bins'));
  }

  history(minutes: number, now: number): Minute[] {
    const found = this.db.prepare('SELECT * FROM minutes ORDER BY at DESC LIMIT ?').all(minutes + 1);
    return toMinutes(this.rows, found, minutes, now);
  }

  #all(table: 'cells' | 'bins'): unknown[] {
    return this.db.prepare(`SELECT * FROM ${table}`).all();
  }

  /** null if nothing can match. */
  #known(conditions: PredictionConditions): Known | null {
    const { id } = conditions;
    const commonId = id !== undefined && this.#query(commonIdQuery(id)).length > 0;
    const query = originsQuery(conditions);
    if (query === null) return { commonId };
    const origins = (this.#query(query) as { origin: number }[]).map(({ origin }) => origin);
    if (origins.length === 0) return null;
    return { commonId, ...(origins.length <= FEW_ORIGINS && { origins }) };
  }

  #query({ sql, values }: Query): unknown[] {
    return this.db.prepare(sql).all(...values);
  }
}
