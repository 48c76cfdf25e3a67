import type { Database } from '../results/store/sqlite/sql';
import { isLocked } from '../results/store/sqlite/database';
import { existsSync } from 'node:fs';

/** Another process may hold the lock for a moment, only to check whether it is free, ms. */
const CHECK_TIMEOUT_MS = 20;

/** An exclusive lock on a file, held until `release` or until this process exits or is killed. */
export interface KernelLock {
  /** Further calls have no effect. */
  release(): void;
}

/**
 * Locks a file and creates it if necessary. Undefined if any process of this machine holds the lock, in any container.
 * Throws if locking is impossible: the folder is read-only, its file system has no locks, or libsql is not installed.
 *
 * Node has no call for file locks, and the alternatives fail:
 * - process ids are meaningless in another container, and are reused;
 * - a file created with O_EXCL remains when its process is killed;
 * - an abstract socket is visible only in its own network namespace;
 * - a socket file must be unlinked after a kill, which is a race, and not every volume supports sockets;
 * - `flock(1)` is missing on macOS and in small images, and add-ons with flock have no binary for musl.
 * SQLite uses locks of the kernel (fcntl): they are freed with the process and work across containers and over NFS.
 * SQLite is a dependency anyway, with binaries for all supported platforms. The file stays empty.
 *
 * Nothing else in this process may open the file: closing any of its descriptors frees the lock.
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

/** Whether the lock of that file may be held now; true if locking is impossible, because the answer is unknown. */
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

/** Keeps locks alive: the garbage collector closes an unreferenced database and frees its lock. */
const held = new Set<Database>();

function openDatabase(path: string): Database {
  // eslint-disable-next-line @typescript-eslint/no-require-imports -- loaded lazily because it is an optional native add-on
  const Libsql = require('libsql') as new (path: string, options: { timeout: number }) => Database;
  return new Libsql(path, { timeout: CHECK_TIMEOUT_MS });
}
