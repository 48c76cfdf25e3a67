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
      onWait(holder.pid);
      waited = true;
    }
    await sleep(pollMs);
  }
}

function make(folder) {
  if (!tryMkdir(folder)) return false;
  sign(folder);
  return true;
}

/** With the time of its start, because ids are used again: in a container, the next set-up often has the same one. */
function sign(folder) {
  writeFileSync(join(folder, 'pid'), `${process.pid} ${startOf(process.pid)}`.trim());
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
  if (stale) sign(folder);
  rmSync(guard, { recursive: true, force: true });
  return stale;
}

function isStale(folder) {
  const holder = holderOf(folder);
  return holder === undefined ? ageOf(folder) > UNNAMED_MS : !isAlive(holder);
}

function holderOf(folder) {
  try {
    const [pid, started = ''] = readFileSync(join(folder, 'pid'), 'utf8').split(' ');
    return Number(pid) > 0 ? { pid: Number(pid), started } : undefined;
  } catch {
    return undefined;
  }
}

function isAlive({ pid, started }) {
  try {
    process.kill(pid, 0);
  } catch (error) {
    if (error.code !== 'EPERM') return false;
  }
  const now = startOf(pid);
  return now !== 'exited' && (now === '' || started === '' || now === started);
}

/** Fields 3 and 22 of proc(5)'s stat; `exited` for a process whose parent did not collect it, '' without /proc. */
function startOf(pid) {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
    return fields[0] === 'Z' ? 'exited' : fields[19];
  } catch {
    return '';
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
