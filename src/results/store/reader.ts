import type { Prediction } from '../../core/prediction';
import { CLASS_COUNT } from '../../core/labels';
import { toConfusion, toHistory } from '../quality';
import { Tally, TRUTH_UNKNOWN, type MinuteCounts } from '../tally';
import type { Confusion, Minute, PredictionFilter, StoredPrediction } from '../view';
import { commonIdQuery, listQuery, type Query } from './list-query';
import type { Database, Statement } from './sql';

interface Row {
  readonly seq: number;
  readonly body: ArrayBuffer;
}

/** Everything that can be asked of the store, in its own thread. */
export class Reader {
  readonly #get: Statement;
  readonly #pixels: Statement;

  constructor(private readonly db: Database) {
    this.#get = db.prepare('SELECT seq, body FROM predictions WHERE id = ?');
    this.#pixels = db.prepare(
      'SELECT pixels FROM images WHERE seq = (SELECT seq FROM predictions WHERE id = ?)',
    );
  }

  list(filter: PredictionFilter): StoredPrediction[] {
    const commonId = filter.id !== undefined && this.#query(commonIdQuery(filter.id)).length > 0;
    return (this.#query(listQuery(filter, { commonId })) as Row[]).map(toStored);
  }

  get(id: string): StoredPrediction | undefined {
    return (this.#get.all(id) as Row[]).map(toStored)[0];
  }

  pixels(id: string): Uint8Array | undefined {
    const [row] = this.#pixels.all(id) as { pixels: ArrayBuffer }[];
    return row && new Uint8Array(row.pixels);
  }

  confusion(): Confusion {
    const { cells, bins } = new Tally();
    for (const { truth, label, count } of this.db.prepare('SELECT * FROM cells').all() as Cell[])
      cells[(truth === TRUTH_UNKNOWN ? CLASS_COUNT : truth) * CLASS_COUNT + label] = count;
    for (const row of this.db.prepare('SELECT * FROM bins').all() as Bin[])
      bins.set([row.count, row.judged, row.correct, row.confidence], row.bin * 4);
    return toConfusion({ cells, bins });
  }

  history(minutes: number, now: number): Minute[] {
    const rows = this.db
      .prepare('SELECT * FROM minutes ORDER BY at DESC LIMIT ?')
      .all(minutes + 1) as MinuteRow[];
    const byMinute = new Map(
      rows.map(({ at, predictions, judged, correct, dead_letters }): [number, MinuteCounts] => [
        at,
        [at, predictions, judged, correct, dead_letters],
      ]),
    );
    return toHistory((at) => byMinute.get(at), minutes, now);
  }

  #query({ sql, values }: Query): unknown[] {
    return this.db.prepare(sql).all(...values);
  }
}

interface Cell {
  readonly truth: number;
  readonly label: number;
  readonly count: number;
}

interface Bin {
  readonly bin: number;
  readonly count: number;
  readonly judged: number;
  readonly correct: number;
  readonly confidence: number;
}

interface MinuteRow {
  readonly at: number;
  readonly predictions: number;
  readonly judged: number;
  readonly correct: number;
  readonly dead_letters: number;
}

function toStored({ seq, body }: Row): StoredPrediction {
  return { seq, prediction: JSON.parse(Buffer.from(body).toString()) as Prediction };
}
