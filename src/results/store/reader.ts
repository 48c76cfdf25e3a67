import type { z } from 'zod';
import { predictionSchema } from '../../codec/prediction-schema';
import { IMAGE_PIXELS } from '../../core/image';
import { CLASS_COUNT } from '../../core/labels';
import { toConfusion, toHistory } from '../class-quality';
import { Tally, TRUTH_UNKNOWN, type MinuteCounts } from '../tally';
import type { Confusion, Minute, PredictionFilter, StoredPrediction } from '../view';
import { commonIdQuery, listQuery, type Query } from './list-query';
import { binSchema, bodySchema, cellSchema, minuteSchema } from './row-schemas';
import { Rows } from './rows';
import type { Database, Statement } from './sql';

/** Answers all questions to the store, in its thread. */
export class Reader {
  readonly #get: Statement;
  readonly #pixels: Statement;

  constructor(
    private readonly db: Database,
    private readonly rows = new Rows(),
  ) {
    this.#get = db.prepare('SELECT seq, body FROM predictions WHERE id = ?');
    this.#pixels = db.prepare(
      'SELECT pixels FROM images WHERE seq = (SELECT seq FROM predictions WHERE id = ?)',
    );
  }

  list(filter: PredictionFilter): StoredPrediction[] {
    const commonId = filter.id !== undefined && this.#query(commonIdQuery(filter.id)).length > 0;
    const found: StoredPrediction[] = [];
    // Reads more rows for skipped ones, because a short page means that there are no more.
    for (let before = filter.before; ;) {
      const limit = filter.limit - found.length;
      const page = { ...filter, limit, ...(before !== undefined && { before }) };
      const rows = this.#query(listQuery(page, { commonId }));
      found.push(...this.#toStored(rows));
      const last = (rows.at(-1) as { seq: number } | undefined)?.seq;
      if (rows.length < limit || found.length >= filter.limit || last === undefined) return found;
      before = last;
    }
  }

  get(id: string): StoredPrediction | undefined {
    return this.#toStored(this.#get.all(id))[0];
  }

  pixels(id: string): Uint8Array | undefined {
    const [row] = this.#pixels.all(id) as { pixels: ArrayBuffer }[];
    // The page cannot draw an image of another size.
    return row?.pixels.byteLength === IMAGE_PIXELS ? new Uint8Array(row.pixels) : undefined;
  }

  confusion(): Confusion {
    const { cells, bins } = new Tally();
    for (const { truth, label, count } of this.#all('cells', cellSchema))
      cells[(truth === TRUTH_UNKNOWN ? CLASS_COUNT : truth) * CLASS_COUNT + label] = count;
    for (const row of this.#all('bins', binSchema))
      bins.set([row.count, row.judged, row.correct, row.confidence], row.bin * 4);
    return toConfusion({ cells, bins });
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
      .valid('predictions', bodySchema, rows)
      .flatMap(({ seq, body }) =>
        this.rows.body('predictions', predictionSchema, body).map((prediction) => ({ seq, prediction })),
      );
  }

  #query({ sql, values }: Query): unknown[] {
    return this.db.prepare(sql).all(...values);
  }
}
