import { mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

const POLL_MS = 200;
/** A folder without a process id belongs to a process that died between its two first steps. */
const UNNAMED_MS = 2_000;

/**
 * Waits for the lock, a folder with the process id of its holder, and returns the function that releases it.
 * `onWait` is called once, with that id, if another process holds the lock.
 */
export async function acquireLock(folder, { onWait = () => {}, pollMs = POLL_MS } = {}) {
  let waited = false;
  for (;;) {
    if (make(folder) || (isStale(folder) && takeOver(folder))) {
      return () => rmSync(folder, { recursive: true, force: true });
    }
    const holder = holderOf(folder);
    if (!waited && holder !== undefined) {
      onWait(holder);
      waited = true;
    }
    await sleep(pollMs);
  }
}

function make(folder) {
  if (!tryMkdir(folder)) return false;
  writeFileSync(join(folder, 'pid'), String(process.pid));
  return true;
}

/** One process at a time may replace a dead holder. It looks again, because another one may have been faster. */
function takeOver(folder) {
  // Earlier versions had a file of this name.
  if (statSync(folder, { throwIfNoEntry: false })?.isFile()) rmSync(folder, { force: true });
  const guard = join(folder, 'taking-over');
  if (!tryMkdir(guard)) {
    if (ageOf(guard) > UNNAMED_MS) rmSync(guard, { recursive: true, force: true });
    return false;
  }
  const stale = isStale(folder);
  if (stale) writeFileSync(join(folder, 'pid'), String(process.pid));
  rmSync(guard, { recursive: true, force: true });
  return stale;
}

function isStale(folder) {
  const holder = holderOf(folder);
  return holder === undefined ? ageOf(folder) > UNNAMED_MS : !isAlive(holder);
}

function holderOf(folder) {
  try {
    return Number(readFileSync(join(folder, 'pid'), 'utf8')) || undefined;
  } catch {
    return undefined;
  }
}

function isAlive(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error.code === 'EPERM';
  }
}

/** False if the folder exists, or if its parent was just released. */
function tryMkdir(folder) {
  try {
    mkdirSync(folder);
    return true;
  } catch (error) {
    if (error.code === 'EEXIST' || error.code === 'ENOENT') return false;
    throw error;
  }
}

/** Since its creation, ms: a new entry changes the other times. 0 for a folder that is gone. */
function ageOf(folder) {
  try {
    return Date.now() - statSync(folder).birthtimeMs;
  } catch {
    return 0;
  }
}
