import { accessSync, constants, existsSync, realpathSync, renameSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { makeFolder } from '../../core/make-folder';
import { DamagedSchema, migrate } from './schema';
import type { Database } from './sql';

export interface OpenedDatabase {
  readonly db: Database;
  /** Where a file that was no usable database is now; null if there was none. */
  readonly movedTo: string | null;
}

/**
 * One process at a time: locked for good, so that a second process is told instead of waiting for each write. After a
 * crash of the machine (not of the process) the last transactions may be missing, the file is whole.
 */
const PRAGMAS = `
  PRAGMA locking_mode = EXCLUSIVE;
  PRAGMA journal_mode = WAL;
  PRAGMA synchronous = NORMAL;
  PRAGMA cache_size = -16000;
  PRAGMA journal_size_limit = 67108864;
`;

const CORRUPT = new Set(['SQLITE_NOTADB', 'SQLITE_CORRUPT']);

/**
 * Opens the file, makes it if there is none, and leads it to the present schema. A corrupt one is moved aside and a
 * fresh one begun. Throws what SQLite says (SQLITE_BUSY: another process has it), or NewerSchema.
 *
 * @param corrupt it was found to be corrupt while it was in use
 */
export async function openDatabase(path: string, corrupt = false): Promise<OpenedDatabase> {
  const { default: Libsql } = await import('libsql');
  makeFolder(dirname(path));
  refuseUnwritable(path);
  const open = () => prepared(new Libsql(path), new Libsql(':memory:'));
  const movedTo = corrupt && existsSync(path) ? moveAside(path) : null;
  try {
    return { db: open(), movedTo };
  } catch (error) {
    if (!isCorrupt(error) || !existsSync(path)) throw error;
    const aside = moveAside(path);
    return { db: open(), movedTo: aside };
  }
}

export function isCorrupt(error: unknown): boolean {
  return error instanceof DamagedSchema || CORRUPT.has(sqliteCode(error));
}

export function isLocked(error: unknown): boolean {
  return sqliteCode(error) === 'SQLITE_BUSY';
}

/** SQLite says of all of this only that it cannot open the file, or that there is an I/O error. */
function refuseUnwritable(path: string): void {
  const file = existsSync(path) ? realpathSync(path) : null;
  if (file !== null && !statSync(file).isFile()) throw new Error('it is no file');
  if (file !== null) accessSync(file, constants.R_OK | constants.W_OK);
  // What is written goes to a second file beside it first.
  accessSync(dirname(file ?? path), constants.W_OK | constants.X_OK);
}

function prepared(db: Database, empty: Database): Database {
  try {
    db.exec(PRAGMAS);
    migrate(db, empty);
    return db;
  } catch (error) {
    db.close();
    throw error;
  } finally {
    empty.close();
  }
}

/** The database and what belongs to it, so that nothing of it is applied to the fresh one. */
function moveAside(path: string): string {
  const aside = `${path}.corrupt-${new Date().toISOString().replaceAll(':', '-')}`;
  for (const suffix of ['', '-wal', '-shm', '-journal']) {
    if (existsSync(path + suffix)) renameSync(path + suffix, aside + suffix);
  }
  return aside;
}

/** SQLite's extended codes begin with the plain one: SQLITE_CORRUPT_INDEX. */
function sqliteCode(error: unknown): string {
  const code = typeof error === 'object' && error !== null && 'code' in error ? String(error.code) : '';
  return code.split('_').slice(0, 2).join('_');
}
