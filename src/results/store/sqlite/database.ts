import { accessSync, constants, existsSync, realpathSync, renameSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { makeFolder } from '../../../core/make-folder';
import { DamagedSchema, migrate } from './schema';
import type { Database } from './sql';

export interface OpenedDatabase {
  readonly db: Database;
  /** New path of a corrupt file; null if there was none. */
  readonly movedTo: string | null;
}

/**
 * The file stays locked, so a second process fails at once instead of waiting for each write. A crash of the machine may
 * lose the last transactions, but does not corrupt the file.
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
 * Opens or creates the file and migrates it to the current schema. A corrupt file is moved aside and replaced. Throws the
 * error of SQLite (SQLITE_BUSY: another process has it), or NewerSchema.
 *
 * @param corrupt the file was found to be corrupt in use
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

/** Throws a precise error; SQLite reports only that it cannot open the file, or an I/O error. */
function refuseUnwritable(path: string): void {
  const file = existsSync(path) ? realpathSync(path) : null;
  if (file !== null && !statSync(file).isFile()) throw new Error('it is not a file');
  if (file !== null) accessSync(file, constants.R_OK | constants.W_OK);
  // SQLite creates its write-ahead log next to the file.
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

/** Also moves the journals, so that none is applied to the new database. */
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
