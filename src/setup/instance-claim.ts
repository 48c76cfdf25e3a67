import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { isHeld, tryLock } from './kernel-lock';
import { sameKernel, thisMachine, type Machine } from './machine';

/** Process that holds an instance id, or held it when it died. */
export interface InstanceHolder extends Machine {
  /** In the pid namespace of the holder: for display only, never for comparison. */
  readonly pid: number;
}

const noteSchema = z.object({
  id: z.string().min(1),
  holder: z.object({ pid: z.int(), host: z.string(), boot: z.string().optional() }).optional(),
});

/** Content of an instance file. */
interface InstanceNote {
  readonly id: string;
  /** Absent after an orderly exit. */
  readonly holder?: InstanceHolder;
}

/** An instance id held by this process. */
export interface ClaimedInstance {
  readonly id: string;
  readonly release: () => void;
}

/**
 * One instance id of the data folder: `instance-<n>` contains the id and its holder; the holder locks `instance-<n>.lock`.
 *
 * The id is kept if its holder released it, or died under this kernel, where a free lock proves that it is dead.
 * A holder under another kernel may run on another machine, whose locks are not visible here: this process gets a new id.
 *
 * @param newId creates a unique id
 * @returns undefined while another process holds it; throws like `tryLock` and the file system
 */
export function claimInstance(
  folder: string,
  number: number,
  newId: () => string,
): ClaimedInstance | undefined {
  const path = join(folder, `instance-${number}`);
  const lock = tryLock(lockOf(path));
  if (lock === undefined) return undefined;
  try {
    const id = keptId(readNote(path)) ?? newId();
    const mine: InstanceHolder = { ...thisMachine(), pid: process.pid };
    writeNote(path, { id, holder: mine });
    let released = false;
    const release = (): void => {
      if (released) return;
      released = true;
      try {
        if (isMine(readNote(path), id, mine)) writeNote(path, { id });
      } finally {
        lock.release();
      }
    };
    return { id, release };
  } catch (error) {
    lock.release();
    throw error;
  }
}

/** Current holder of the id in this file; undefined if it is free. */
export function holderOf(path: string): InstanceHolder | undefined {
  const holder = readNote(path)?.holder;
  return holder !== undefined && isHeld(lockOf(path)) ? holder : undefined;
}

function lockOf(path: string): string {
  return `${path}.lock`;
}

function keptId(note: InstanceNote | undefined): string | undefined {
  if (note?.holder === undefined) return note?.id;
  return sameKernel(note.holder, thisMachine()) ? note.id : undefined;
}

/** On a file system without locks, another machine may have taken the id. */
function isMine(note: InstanceNote | undefined, id: string, { pid, host }: InstanceHolder): boolean {
  return note?.id === id && note.holder?.pid === pid && note.holder.host === host;
}

/** Undefined for a missing or foreign file. */
function readNote(path: string): InstanceNote | undefined {
  try {
    const { id, holder } = noteSchema.parse(JSON.parse(readFileSync(path, 'utf8')));
    if (holder === undefined) return { id };
    const { boot, ...named } = holder;
    return { id, holder: boot === undefined ? named : { ...named, boot } };
  } catch {
    // A file without a readable id gets a new one.
    return undefined;
  }
}

function writeNote(path: string, note: InstanceNote): void {
  writeFileSync(path, `${JSON.stringify(note)}\n`);
}
