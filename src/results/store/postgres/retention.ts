import type { RetentionLimits } from '../protocol';
import { inTransaction, tryLockUntilCommit, type Sql } from './sql';

/** Most rows per deletion, so that writes do not wait for a large one. */
const STEP_ROWS = 5_000;
const DAY_MS = 86_400_000;

/** Of the oldest rows: those beyond the number that is kept, and those beyond the age. */
const REMOVE = `
  WITH oldest AS (
    SELECT seq, at, row_number() OVER (ORDER BY seq) AS place
    FROM (SELECT seq, at FROM predictions ORDER BY seq LIMIT ${STEP_ROWS}) AS first
  )
  DELETE FROM predictions WHERE seq IN (
    SELECT seq FROM oldest WHERE at < $1 OR place <= (SELECT value FROM counters WHERE name = 'rows') - $2
  )`;

/** Deletes the oldest predictions beyond the limits of rows and age. The tallies stay. */
export class Retention {
  constructor(
    private readonly sql: Sql,
    private readonly limits: RetentionLimits,
    private readonly now: () => number = Date.now,
  ) {}

  /** Deletes once, unless another process does. Resolves with whether more rows are due. */
  async step(): Promise<boolean> {
    return await inTransaction(this.sql, async () => {
      if (!(await tryLockUntilCommit(this.sql, 'retention'))) return false;
      const cutoff = this.now() - this.limits.days * DAY_MS;
      const { rowCount } = await this.sql.query(REMOVE, [cutoff, this.limits.rows]);
      const removed = rowCount ?? 0;
      if (removed > 0)
        await this.sql.query(`UPDATE counters SET value = value - $1 WHERE name = 'rows'`, [removed]);
      await this.sql.query('DELETE FROM minutes WHERE at < $1', [cutoff]);
      // A process that has written nothing for a day has ended.
      await this.sql.query('DELETE FROM writers WHERE at < $1', [this.now() - DAY_MS]);
      return removed === STEP_ROWS;
    });
  }
}
