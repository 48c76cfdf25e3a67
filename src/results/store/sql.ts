import { messageOf } from '../../core/errors';

/** The little of libsql that is used here. */
export interface Database {
  exec(sql: string): unknown;
  prepare(sql: string): Statement;
  close(): void;
}

export interface Statement {
  run(...values: unknown[]): { changes: number };
  /** BLOBs come as ArrayBuffer. (`get` is not used: it adds a column of its own.) */
  all(...values: unknown[]): unknown[];
}

/** All of `work` or nothing. */
export function inTransaction(db: Database, work: () => void): void {
  db.exec('BEGIN IMMEDIATE');
  try {
    work();
    db.exec('COMMIT');
  } catch (error) {
    rollBack(db);
    throw error;
  }
}

/** After some errors (disk full) SQLite has done so itself, and says that there is nothing to roll back. */
function rollBack(db: Database): void {
  try {
    db.exec('ROLLBACK');
  } catch (error) {
    if (!/no transaction is active/.test(messageOf(error))) throw error;
  }
}
