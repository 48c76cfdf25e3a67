import { isHeld } from '../setup/kernel-lock';
import { isAlive } from '../setup/process-alive';
import { sameKernel, thisMachine, type Machine } from '../setup/this-machine';

/** Names the process that writes a journal. */
export interface JournalOwner extends Machine {
  readonly pid: number;
  /** When that process started: tells it from an earlier one with the same pid. */
  readonly startedAt: number;
  /** It holds the lock of `lockOf(path)` while it lives; absent where nothing can be locked. */
  readonly locked?: true;
}

export function thisProcess(): JournalOwner {
  return { ...thisMachine(), pid: process.pid, startedAt: performance.timeOrigin };
}

export function lockOf(path: string): string {
  return `${path}.lock`;
}

/**
 * Whether the owner of a journal may still live. The lock tells, also of a process in another container of this machine.
 * Without one, only the pid is left, which means something under one host name. A process of another machine that shares
 * the folder is none of our business: nobody here can tell whether it lives.
 */
export function mayRun(owner: JournalOwner, path: string): boolean {
  const own = thisProcess();
  if (owner.locked && sameKernel(owner, own)) return isHeld(lockOf(path));
  if (owner.host !== own.host) return true;
  // This machine, before it was started again.
  if (owner.boot !== undefined && !sameKernel(owner, own)) return false;
  return owner.pid === own.pid ? owner.startedAt === own.startedAt : isAlive(owner.pid);
}
