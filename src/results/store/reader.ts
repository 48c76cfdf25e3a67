import type { z } from 'zod';
import { predictionSchema } from '../../codec/prediction-schema';
import { bytesPerImage } from '../../core/model-shape';
import { DEFAULT_SIZE, type Picture } from '../../core/picture';
import type { Cell } from '../cells';
import { toHistory, type Counted } from '../class-quality';
import { Tally, type MinuteCounts } from '../tally';
import type {
  Minute,
  PredictionConditions,
  PredictionFilter,
  PredictionTotal,
  StoredPrediction,
} from '../view';
import type { Query } from './conditions';
import {
  commonIdQuery,
  FEW_ORIGINS,
  listQuery,
  MOST_COUNTED,
  originsQuery,
  totalQuery,
  type Known,
} from './list-query';
import { rowsOfTimes, type RowTimes } from './rows-of-times';
import {
  aboutImageSchema,
  binSchema,
  cellSchema,
  minuteSchema,
  originalSchema,
  predictionRowSchema,
} from './row-schemas';
import { Rows } from './rows';
import type { Database, Statement } from './sql';

const NO_ROWS = { first: null, last: null };
const NO_MATCHES: PredictionTotal = { predictions: 0, judged: 0, correct: 0, complete: true };

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
    if (filter.mostConfident) return this.#toStored(this.#query(listQuery(filter, known)));
    const found: StoredPrediction[] = [];
    const rows = rowsOfTimes(filter, this.#times);
    // Reads more rows for skipped ones, because a short page means that there are no more.
    for (let before = rows.before; ;) {
      const limit = filter.limit - found.length;
      const page = { ...filter, ...rows, limit, ...(before !== undefined && { before }) };
      const read = this.#query(listQuery(page, known));
      found.push(...this.#toStored(read));
      const last = (read.at(-1) as { seq: number } | undefined)?.seq;
      if (read.length < limit || found.length >= filter.limit || last === undefined) return found;
      before = last;
    }
  }

  total(conditions: PredictionConditions): PredictionTotal {
    const known = this.#known(conditions);
    if (known === null) return NO_MATCHES;
    const range = { ...conditions, ...rowsOfTimes(conditions, this.#times) };
    const [row] = this.#query(totalQuery(range, known));
    const { read, predictions, judged, correct } = row as Record<string, number> & { read: number };
    return { predictions, judged, correct, complete: read < MOST_COUNTED } as PredictionTotal;
  }

  get(id: string): StoredPrediction | undefined {
    return this.#toStored(this.#get.all(id))[0];
  }

  image(id: string): Picture | undefined {
    const [row] = this.#images.all(id) as { pixels: ArrayBuffer; about: unknown }[];
    if (row === undefined) return undefined;
    const [about] =
      row.about === null ? [DEFAULT_SIZE] : this.rows.text('images', aboutImageSchema, row.about);
    // The page cannot draw an image of another size.
    if (about === undefined || row.pixels.byteLength !== bytesPerImage(about)) return undefined;
    return { ...about, pixels: new Uint8Array(row.pixels) };
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
    const { bins } = new Tally();
    const cells = this.#all('cells', cellSchema).map(({ truth, label, count }): Cell => [
      truth,
      label,
      count,
    ]);
    for (const row of this.#all('bins', binSchema))
      bins.set([row.count, row.judged, row.correct, row.confidence], row.bin * 4);
    return { cells, bins };
  }

  history(minutes: number, now: number): Minute[] {
    const found = this.db.prepare('SELECT * FROM minutes ORDER BY at DESC LIMIT ?').all(minutes + 1);
    const rows = this.rows.valid('minutes', minuteSchema, found);
    const byMinute = new Map(
      rows.map(({ at, predictions, judged, correct, dead_letters }): [number, MinuteCounts] => [
        at,
        [at, predictions, judged, correct, dead_letters],
      ]),
    );
    return toHistory((at) => byMinute.get(at), minutes, now);
  }

  #all<T>(table: 'cells' | 'bins', schema: z.ZodType<T>): T[] {
    return this.rows.valid(table, schema, this.db.prepare(`SELECT * FROM ${table}`).all());
  }

  #toStored(rows: readonly unknown[]): StoredPrediction[] {
    return this.rows
      .valid('predictions', predictionRowSchema, rows)
      .flatMap(({ seq, body, original: file }) => {
        const [original] = file === null ? [] : this.rows.text('predictions', originalSchema, file);
        return this.rows
          .body('predictions', predictionSchema, body)
          .map((prediction) => ({ seq, prediction, ...(original && { original }) }));
      });
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
