import { messageOf } from '../../../core/errors';

/** The part of the libsql API that is used here. */
export interface Database {
  exec(sql: string): unknown;
  prepare(sql: string): Statement;
  close(): void;
}

export interface Statement {
  run(...values: unknown[]): { changes: number };
  /** BLOBs are returned as ArrayBuffer. (`get` is not used, because it adds a column.) */
  all(...values: unknown[]): unknown[];
}

/** Commits all of `work` or nothing. */
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

/** After some errors (disk full) SQLite has already rolled back, and the statement fails. */
function rollBack(db: Database): void {
  try {
    db.exec('ROLLBACK');
  } catch (error) {
    if (!/no transaction is active/.test(messageOf(error))) throw error;
  }
}
