import type { QueryResult } from 'pg';

/** The part of a client or a pool of `pg` that is used here. */
export interface Sql {
  query(text: string, values?: unknown[]): Promise<QueryResult>;
}

/** SQLSTATE of an error of the server, or code of an error of Node; empty for any other error. */
export function codeOf(error: unknown): string {
  return typeof error === 'object' && error !== null && 'code' in error ? String(error.code) : '';
}

/** An error that the server reported, so that it still answers. */
function isOfServer(error: unknown): boolean {
  return /^[0-9A-Z]{5}$/.test(codeOf(error));
}

/** Serialization failure and deadlock: the same transaction succeeds when it is repeated. */
const REPEATED = new Set(['40001', '40P01']);
const MOST_ATTEMPTS = 5;

/** Commits all of `work` or nothing. `work` may run several times, because other processes write at the same time. */
export async function inTransaction<T>(sql: Sql, work: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      await sql.query('BEGIN');
      const result = await work();
      await sql.query('COMMIT');
      return result;
    } catch (error) {
      // A connection without answers is closed, which rolls back as well.
      if (!isOfServer(error)) throw error;
      // It may have ended with this error, which is the one to report.
      await sql.query('ROLLBACK').catch(() => undefined);
      if (!REPEATED.has(codeOf(error)) || attempt === MOST_ATTEMPTS) throw error;
    }
  }
}

/** Waits until no other process holds this lock of the schema; it is held until the transaction ends. */
export async function lockUntilCommit(sql: Sql, name: string): Promise<void> {
  await sql.query(`SELECT pg_advisory_xact_lock(${lockKey('$1')})`, [name]);
}

/** Like `lockUntilCommit`, but returns false instead of waiting. */
export async function tryLockUntilCommit(sql: Sql, name: string): Promise<boolean> {
  const { rows } = await sql.query(`SELECT pg_try_advisory_xact_lock(${lockKey('$1')}) AS held`, [name]);
  return (rows as { held: boolean }[])[0]?.held === true;
}

/** Advisory locks belong to the whole database, so the key also has the schema in it. */
function lockKey(name: string): string {
  return `hashtextextended('stream-infer ' || coalesce(current_schema(), '') || ' ' || ${name}, 0)`;
}

/** Text without the characters that PostgreSQL cannot store: zero, and halves of surrogate pairs. */
export function storable(text: string): string {
  return text.replaceAll(/[\0\p{Surrogate}]/gu, '\uFFFD');
}
