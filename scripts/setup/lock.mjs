import { linkSync, readFileSync, renameSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { onChildrenChange } from './command.mjs';
import { identify, isAlive, killGroup } from './processes.mjs';

const POLL_MS = 200;
const HEARTBEAT_MS = 5_000;
/** A holder on another host (a shared folder, a container) cannot be asked; its heartbeat tells. */
const FOREIGN_STALE_MS = 60_000;

/**
 * Waits for the lock and returns the function that releases it. `onWait` is called once, with the holder's
 * pid, if another process has it.
 */
export async function acquireLock(file, { onWait = () => {}, pollMs = POLL_MS } = {}) {
  let waited = false;
  for (;;) {
    const release = tryAcquire(file);
    if (release) return release;
    const seen = readText(file);
    if (seen === undefined) continue;
    const holder = parseHolder(seen);
    if (isStale(file, holder)) {
      steal(file, seen, holder);
      continue;
    }
    if (!waited) onWait(holder.pid);
    waited = true;
    await sleep(pollMs);
  }
}

function tryAcquire(file) {
  const holder = { host: hostname(), ...identify(process.pid), children: [] };
  const own = `${file}.${process.pid}`;
  // Written aside and then linked: nobody ever reads a lock without its holder.
  writeFileSync(own, JSON.stringify(holder));
  try {
    linkSync(own, file);
  } catch (error) {
    if (error.code === 'EEXIST') return undefined;
    throw error;
  } finally {
    rmSync(own, { force: true });
  }
  return hold(file, own, holder);
}

/** Keeps the heartbeat and the list of running children until released. */
function hold(file, own, holder) {
  const stopListening = onChildrenChange((pids) => {
    holder.children = pids.map(identify);
    writeFileSync(own, JSON.stringify(holder));
    renameSync(own, file);
  });
  const heartbeat = setInterval(() => utimesSync(file, new Date(), new Date()), HEARTBEAT_MS).unref();
  return () => {
    clearInterval(heartbeat);
    stopListening();
    rmSync(file, { force: true });
  };
}

function isStale(file, holder) {
  if (!holder) return true;
  if (holder.host === hostname()) return !isAlive(holder);
  return Date.now() - modified(file) > FOREIGN_STALE_MS;
}

/**
 * Two processes may see the same stale lock, and the slower must not remove the faster one's new lock. So
 * the lock is moved aside, looked at again, and put back if it is not the one that was seen.
 */
function steal(file, seen, holder) {
  const aside = `${file}.${process.pid}.stale`;
  if (readText(file) !== seen) return;
  try {
    renameSync(file, aside);
  } catch {
    return;
  }
  if (readText(aside) === seen) endOrphans(holder);
  else restore(aside, file);
  rmSync(aside, { force: true });
}

/** A killed set-up leaves its npm or compiler running, and that would write into the folders of the next. */
function endOrphans(holder) {
  if (holder?.host !== hostname()) return;
  for (const child of holder.children) if (isAlive(child)) killGroup(child.pid);
}

function restore(aside, file) {
  try {
    linkSync(aside, file);
  } catch {
    // A third process was faster; it holds the lock now.
  }
}

function parseHolder(text) {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function readText(file) {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
}

function modified(file) {
  try {
    return statSync(file).mtimeMs;
  } catch {
    return Date.now();
  }
}
