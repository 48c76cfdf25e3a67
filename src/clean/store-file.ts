import { existsSync, readdirSync, rmSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { messageOf } from '../core/errors';
import { isCorrupt, isLocked } from '../results/store/database';
import type { Database } from '../results/store/sql';

/** The file with what SQLite keeps beside it, and what was moved aside as corrupt. */
export function storeFiles(path: string): string[] {
  const sides = ['', '-wal', '-shm', '-journal'].map((suffix) => path + suffix).filter(existsSync);
  const folder = dirname(path);
  const corrupt = existsSync(folder)
    ? readdirSync(folder).filter((name) => name.startsWith(`${basename(path)}.corrupt-`))
    : [];
  return [...sides, ...corrupt.map((name) => join(folder, name))];
}

/** Why a results store must not be removed; null if it may. */
export async function whyKept(path: string): Promise<string | null> {
  return await whileHeld(path, () => undefined);
}

/** Removes a results store unless there is a reason not to, which is returned. */
export async function removeStore(path: string): Promise<string | null> {
  return await whileHeld(path, () => {
    for (const file of storeFiles(path)) rmSync(file, { force: true });
  });
}

/** No process can open it meanwhile. */
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
    // No statements: libsql gives a file free only when those are collected as garbage, and this process comes again.
    db.exec('CREATE TEMP TABLE known AS SELECT 1 FROM predictions, cells LIMIT 0');
    work();
    return null;
  } catch (error) {
    if (isLocked(error)) return 'a running process has it';
    if (isCorrupt(error) || /no such table/.test(messageOf(error)))
      return 'it is no results store, or a corrupt one';
    return messageOf(error);
  } finally {
    db?.close();
  }
}
