import { existsSync, readdirSync, rmSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { messageOf } from '../core/errors';
import { isCorrupt, isLocked } from '../results/store/sqlite/database';
import type { Database } from '../results/store/sqlite/sql';

/** The file, the files SQLite keeps next to it, and stores moved aside as corrupt. */
export function storeFiles(path: string): string[] {
  const sides = ['', '-wal', '-shm', '-journal'].map((suffix) => path + suffix).filter(existsSync);
  const folder = dirname(path);
  const corrupt = existsSync(folder)
    ? readdirSync(folder).filter((name) => name.startsWith(`${basename(path)}.corrupt-`))
    : [];
  return [...sides, ...corrupt.map((name) => join(folder, name))];
}

/** Why a results store must be kept; null if it may be removed. */
export async function whyKept(path: string): Promise<string | null> {
  return await whileHeld(path, () => undefined);
}

/** Removes a results store, or returns the reason to keep it. */
export async function removeStore(path: string): Promise<string | null> {
  return await whileHeld(path, () => {
    for (const file of storeFiles(path)) rmSync(file, { force: true });
  });
}

/** Locks the store during `work`, so that no process can open it. */
async function whileHeld(path: string, work: () => void): Promise<string | null> {
  if (!existsSync(path)) {
    work();
    return null;
  }
  let db: Database | undefined;
  try {
    const { default: Libsql } = await import('libsql');
    db = new Libsql(path);
    db.exec('PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE');
    // No prepared statements: libsql frees the file only after garbage collection of these.
    db.exec('CREATE TEMP TABLE known AS SELECT 1 FROM predictions, cells LIMIT 0');
    work();
    return null;
  } catch (error) {
    if (isLocked(error)) return 'in use by a running process';
    if (isCorrupt(error) || /no such table/.test(messageOf(error))) return 'not a results store, or corrupt';
    return messageOf(error);
  } finally {
    db?.close();
  }
}
