import { jsonAt, type Chunk } from '../chunk';
import { Tally, TRUTH_UNKNOWN } from '../../tally';
import { originOf } from '../origin';
import { Origins } from './origins';
import { inTransaction, storable, type Sql } from './sql';
import { addTally } from './tally-writer';

interface RemovedRow {
  readonly label: number;
  readonly truth: number | null;
  readonly confidence: number;
  readonly at: number;
}

/** The columns that are read from the predictions themselves. */
interface Sources {
  readonly origins: readonly number[];
  readonly keys: readonly (string | null)[];
}

/** Changes nothing if the chunk was already committed, by an attempt whose answer was lost. */
const CLAIM = `
  INSERT INTO writers VALUES ($1, $2, $3)
  ON CONFLICT (id) DO UPDATE SET chunk = excluded.chunk, at = excluded.at WHERE writers.chunk < excluded.chunk`;

/** Bodies and images arrive as one value each, and are cut on the server: no encoding, and one round trip. */
const INSERT = `
  INSERT INTO predictions
    (id, label, truth, wrong, confidence, at, body, original, pixels, about, origin, key)
  SELECT id, label, nullif(truth, ${TRUTH_UNKNOWN}), (truth <> ${TRUTH_UNKNOWN} AND truth <> label)::int, confidence, at,
    substr($1::bytea, body_from, body_length), original,
    CASE WHEN image_length > 0 THEN substr($2::bytea, image_from, image_length) END, about, origin, key
  FROM unnest($3::text[], $4::int[], $5::int[], $6::float8[], $7::bigint[], $8::int[], $9::int[], $10::text[],
    $11::int[], $12::int[], $13::text[], $14::int[], $15::text[]) WITH ORDINALITY AS t (id, label, truth, confidence, at,
    body_from, body_length, original, image_from, image_length, about, origin, key, place)
  ORDER BY place
  ON CONFLICT (id) DO NOTHING RETURNING id`;

const REMOVE = 'DELETE FROM predictions WHERE id = ANY ($1::text[]) RETURNING label, truth, confidence, at';

/** Another process may insert the same id between the removal and the insertion; far more than will ever happen. */
const MOST_ROUNDS = 20;

/** Writes each chunk in one transaction with its counts: four round trips. */
export class Writer {
  readonly #origins: Origins;

  /** @param id of this process; with the number of a chunk it identifies a chunk that is already stored */
  constructor(
    private readonly sql: Sql,
    private readonly id: string,
  ) {
    this.#origins = new Origins(sql);
  }

  /** Writes all or nothing. The same chunk may be written again after an error. */
  async write(chunk: Chunk): Promise<void> {
    const sources = await this.#sourcesOf(chunk);
    await inTransaction(this.sql, async () => {
      const claimed = await this.sql.query(CLAIM, [this.id, chunk.number, Date.now()]);
      if (claimed.rowCount === 1) await this.#add(chunk, sources);
    });
  }

  async #add(chunk: Chunk, sources: Sources): Promise<void> {
    const tally = new Tally();
    if (chunk.rest) tally.merge(chunk.rest);
    let added = 0;
    let missing = latestOfEachId(chunk);
    for (let round = 0; missing.length > 0; round++) {
      if (round === MOST_ROUNDS) throw new Error('other processes keep writing the same predictions');
      // A redelivered prediction replaces the stored one, with its counts.
      if (round > 0) added -= await this.#remove(chunk, missing, tally);
      const inserted = await this.#insert(chunk, sources, missing);
      for (const i of missing)
        if (inserted.has(idOf(chunk, i)))
          tally.addPrediction(chunk.labels[i]!, chunk.truths[i]!, chunk.confidences[i]!, chunk.times[i]!);
      added += inserted.size;
      missing = missing.filter((i) => !inserted.has(idOf(chunk, i)));
    }
    if (!tally.empty) await addTally(this.sql, tally, added);
  }

  async #sourcesOf({ json, ends }: Chunk): Promise<Sources> {
    const found = Array.from({ length: ends.length }, (_, i) =>
      originOf(json.subarray(startOf(ends, i), ends[i])),
    );
    const keys = found.map(({ key }) => key && storable(key));
    return { origins: await this.#origins.numbersOf(found), keys };
  }

  async #insert(
    chunk: Chunk,
    { origins, keys }: Sources,
    rows: readonly number[],
  ): Promise<ReadonlySet<string>> {
    const { json, images, ends, imageEnds, labels, truths, confidences, times } = chunk;
    const from = (column: Uint32Array) => rows.map((i) => startOf(column, i) + 1);
    const length = (column: Uint32Array) => rows.map((i) => column[i]! - startOf(column, i));
    const { rows: found } = await this.sql.query(INSERT, [
      bytesOf(json),
      bytesOf(images),
      rows.map((i) => idOf(chunk, i)),
      ...[labels, truths, confidences, times].map((column) => rows.map((i) => column[i])),
      from(ends),
      length(ends),
      rows.map((i) => jsonAt(chunk.originals, i)),
      from(imageEnds),
      length(imageEnds),
      rows.map((i) => jsonAt(chunk.sizes, i)),
      rows.map((i) => origins[i]),
      rows.map((i) => keys[i]),
    ]);
    return new Set((found as { id: string }[]).map(({ id }) => id));
  }

  /** Returns the number of removed rows. */
  async #remove(chunk: Chunk, rows: readonly number[], tally: Tally): Promise<number> {
    const removed = await this.sql.query(REMOVE, [rows.map((i) => idOf(chunk, i))]);
    for (const { label, truth, confidence, at } of removed.rows as RemovedRow[])
      tally.addPrediction(label, truth ?? TRUTH_UNKNOWN, confidence, at, -1);
    return removed.rows.length;
  }
}

/** Row numbers; of a message that was delivered twice, the latest. */
function latestOfEachId(chunk: Chunk): number[] {
  const latest = new Map<string, number>();
  for (let i = 0; i < chunk.size; i++) latest.set(idOf(chunk, i), i);
  return [...latest.values()].sort((a, b) => a - b);
}

function idOf({ ids }: Chunk, i: number): string {
  return storable(ids[i]!);
}

function startOf(ends: Uint32Array, i: number): number {
  return i === 0 ? 0 : ends[i - 1]!;
}

/** Sent as they are: `pg` sends a Buffer in binary. */
function bytesOf({ buffer, byteOffset, byteLength }: Uint8Array): Buffer {
  return Buffer.from(buffer, byteOffset, byteLength);
}
