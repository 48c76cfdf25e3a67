import { isHeld } from '../setup/kernel-lock';
import { isAlive } from '../setup/process-alive';
import { sameKernel, thisMachine, type Machine } from '../setup/machine';

/** Identifies the process that writes a journal. */
export interface JournalOwner extends Machine {
  readonly pid: number;
  /** Start time, which distinguishes it from an earlier process with the same pid. */
  readonly startedAt: number;
  /** Set if it holds the lock `lockOf(path)` while it is alive. */
  readonly locked?: true;
}

export function thisProcess(): JournalOwner {
  return { ...thisMachine(), pid: process.pid, startedAt: performance.timeOrigin };
}

export function lockOf(path: string): string {
  return `${path}.lock`;
}

/**
 * Whether the owner of a journal may still be alive. The lock answers that even for another container on this machine.
 * Without a lock, the pid is checked, which is valid under the same host name only. Owners on other machines count as alive.
 */
export function mayRun(owner: JournalOwner, path: string): boolean {
  const own = thisProcess();
  if (owner.locked && sameKernel(owner, own)) return isHeld(lockOf(path));
  if (owner.host !== own.host) return true;
  // This machine, before a reboot.
  if (owner.boot !== undefined && !sameKernel(owner, own)) return false;
  return owner.pid === own.pid ? owner.startedAt === own.startedAt : isAlive(owner.pid);
}
