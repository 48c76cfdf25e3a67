import { binOf } from '../../../core/confidence-bins';
import { Tally, TRUTH_UNKNOWN } from '../../tally';
import { jsonAt, type Chunk } from '../chunk';
import { originOf } from '../origin';
import type { RetentionLimits } from '../protocol';
import { Origins } from './origins';
import { Retention } from './retention';
import { inTransaction, type Database, type Statement } from './sql';
import { TallyWriter } from './tally-writer';

interface StoredRow {
  readonly seq: number;
  readonly label: number;
  readonly truth: number | null;
  readonly confidence: number;
  readonly at: number;
}

/** Writes each chunk in one transaction with its counts and the deletion of old rows. */
export class Writer {
  readonly retention: Retention;
  readonly #tallies: TallyWriter;
  readonly #origins: Origins;
  readonly #insert: Statement;
  readonly #insertImage: Statement;
  readonly #find: Statement;
  readonly #delete: Statement;
  readonly #deleteImage: Statement;
  #newest: number;

  constructor(
    private readonly db: Database,
    limits: RetentionLimits,
  ) {
    this.retention = new Retention(db, limits);
    this.#tallies = new TallyWriter(db);
    this.#origins = new Origins(db);
    this.#insert = db.prepare(
      'INSERT OR IGNORE INTO predictions VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)',
    );
    this.#insertImage = db.prepare('INSERT OR REPLACE INTO images VALUES (?, ?, ?)');
    this.#find = db.prepare('SELECT seq, label, truth, confidence, at FROM predictions WHERE id = ?');
    this.#delete = db.prepare('DELETE FROM predictions WHERE seq = ?');
    this.#deleteImage = db.prepare('DELETE FROM images WHERE seq = ?');
    this.#newest = newestSeq(db);
  }

  /** Writes all or nothing; the writer cannot be used after an error. */
  write(chunk: Chunk): void {
    inTransaction(this.db, () => this.add(chunk));
  }

  /** Like `write`, inside the caller's transaction. */
  add(chunk: Chunk): void {
    const tally = new Tally();
    if (chunk.rest) tally.merge(chunk.rest);
    let replaced = 0;
    for (let i = 0; i < chunk.size; i++) replaced += this.#writeRow(chunk, i, tally);
    this.#tallies.add(tally);
    this.retention.added(chunk.size - replaced);
    this.retention.step();
  }

  /** Returns 1 if it replaced a prediction with the same id (a redelivered message). */
  #writeRow(chunk: Chunk, i: number, tally: Tally): number {
    const { ids, labels, truths, confidences, times, imageEnds } = chunk;
    const [id, label, truth] = [ids[i]!, labels[i]!, truths[i]!];
    const [confidence, at] = [confidences[i]!, times[i]!];
    const known = truth !== TRUTH_UNKNOWN;
    const seq = ++this.#newest;
    const wrong = known && truth !== label ? 1 : 0;
    const body = chunk.json.subarray(i === 0 ? 0 : chunk.ends[i - 1], chunk.ends[i]);
    const original = jsonAt(chunk.originals, i);
    const origin = originOf(body);
    const row = [
      seq,
      id,
      label,
      known ? truth : null,
      wrong,
      binOf(confidence),
      confidence,
      at,
      body,
      original,
      this.#origins.numberOf(origin),
      origin.key,
    ];
    const isNew = this.#insert.run(...row).changes === 1;
    if (!isNew) {
      this.#remove(id, tally);
      this.#insert.run(...row);
    }
    tally.addPrediction(label, truth, confidence, at);
    const image = chunk.images.subarray(i === 0 ? 0 : imageEnds[i - 1], imageEnds[i]);
    if (image.length > 0) this.#insertImage.run(seq, image, jsonAt(chunk.sizes, i));
    return isNew ? 0 : 1;
  }

  #remove(id: string, tally: Tally): void {
    for (const { seq, label, truth, confidence, at } of this.#find.all(id) as StoredRow[]) {
      tally.addPrediction(label, truth ?? TRUTH_UNKNOWN, confidence, at, -1);
      this.#delete.run(seq);
      this.#deleteImage.run(seq);
    }
  }
}

function newestSeq(db: Database): number {
  const [row] = db.prepare('SELECT max(seq) AS newest FROM predictions').all() as { newest: number | null }[];
  return row?.newest ?? 0;
}
