import type { RetentionLimits } from '../protocol';
import type { Database, Statement } from './sql';

/** Most rows per deletion, so that queries do not wait for a large one. More than the rows of a chunk. */
const STEP_ROWS = 1_000;
const DAY_MS = 86_400_000;

interface Oldest {
  readonly seq: number;
  readonly at: number;
}

/** Deletes the oldest predictions beyond the limits of rows and age. The tallies stay. */
export class Retention {
  readonly #oldest: Statement;
  readonly #delete: Statement;
  readonly #deleteImages: Statement;
  readonly #deleteMinutes: Statement;
  #rows: number;

  constructor(
    db: Database,
    private readonly limits: RetentionLimits,
    private readonly now: () => number = Date.now,
  ) {
    this.#oldest = db.prepare('SELECT seq, at FROM predictions ORDER BY seq LIMIT ?');
    this.#delete = db.prepare('DELETE FROM predictions WHERE seq <= ?');
    this.#deleteImages = db.prepare('DELETE FROM images WHERE seq <= ?');
    this.#deleteMinutes = db.prepare('DELETE FROM minutes WHERE at < ?');
    const [counted] = db.prepare('SELECT count(*) AS rows FROM predictions').all() as { rows: number }[];
    this.#rows = counted?.rows ?? 0;
  }

  get rows(): number {
    return this.#rows;
  }

  added(rows: number): void {
    this.#rows += rows;
  }

  /** Deletes once, inside the caller's transaction. Returns whether more rows are due. */
  step(): boolean {
    const cutoff = this.now() - this.limits.days * DAY_MS;
    const beyond = this.#rows - this.limits.rows;
    const [first] = this.#oldest.all(1) as Oldest[];
    if (first === undefined || (beyond <= 0 && first.at >= cutoff)) return false;
    const candidates = this.#oldest.all(STEP_ROWS) as Oldest[];
    const kept = candidates.findIndex(({ at }, i) => i >= beyond && at >= cutoff);
    const leaving = kept < 0 ? candidates.length : kept;
    const last = candidates[leaving - 1];
    if (last === undefined) return false;
    this.#delete.run(last.seq);
    this.#deleteImages.run(last.seq);
    this.#deleteMinutes.run(cutoff);
    this.#rows -= leaving;
    return leaving === STEP_ROWS;
  }
}
