import type { Database } from '../results/store/sql';
import { isLocked } from '../results/store/database';
import { existsSync } from 'node:fs';

/** How long the moment is waited out in which another process only looks whether the lock is held, ms. */
const PATIENCE = 20;

/** An exclusive lock on a file, held until `release` or until this process ends, however it ends. */
export interface KernelLock {
  /** Called again, it does nothing. */
  release(): void;
}

/**
 * Locks a file, which is made if it is not there. Undefined if somebody holds it: another process, in whatever container
 * of this machine, or this one. Throws where nothing can be locked: the folder is read-only, its file system has no locks,
 * or libsql is not installed.
 *
 * Node has no call for file locks, and the other ways to exclude somebody fail where they are needed:
 * - process ids mean nothing in another container, and are given out again;
 * - a file made with O_EXCL stays when its process is killed;
 * - an abstract socket is seen only in its own network namespace, so not in another container;
 * - a socket in the file system has to be unlinked after a kill, where two processes race, and not all volumes take one;
 * - `flock(1)` is missing on macOS and in small images, and add-ons with flock have no binary for musl.
 * SQLite locks a database with the locks of the kernel (fcntl), which are freed with the process, hold across containers
 * and over NFS; it is here anyway, with binaries for all our platforms. The file stays empty: nothing is written to it.
 *
 * Nothing else in this process may open the file: closing any descriptor of it would free the lock.
 */
export function tryLock(path: string): KernelLock | undefined {
  const db = openDatabase(path);
  try {
    db.exec('PRAGMA journal_mode = MEMORY');
    db.exec('BEGIN EXCLUSIVE');
    held.add(db);
    return {
      release: () => {
        if (held.delete(db)) db.close();
      },
    };
  } catch (error) {
    db.close();
    if (isLocked(error)) return undefined;
    throw error;
  }
}

/** Whether somebody may hold the lock of that file now: also true where nothing can be locked, and nobody can tell. */
export function isHeld(path: string): boolean {
  if (!existsSync(path)) return false;
  try {
    const lock = tryLock(path);
    lock?.release();
    return lock === undefined;
  } catch {
    return true;
  }
}

/** A database that nobody refers to is closed by the garbage collector, and its lock is gone. */
const held = new Set<Database>();

function openDatabase(path: string): Database {
  // eslint-disable-next-line @typescript-eslint/no-require-imports -- lazily: it is an optional native add-on
  const Libsql = require('libsql') as new (path: string, options: { timeout: number }) => Database;
  return new Libsql(path, { timeout: PATIENCE });
}
