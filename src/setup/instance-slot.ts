import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { isHeld, tryLock } from './kernel-lock';
import { sameKernel, thisMachine, type Machine } from './machine';

/** Process that holds a slot, or held it when it died. */
export interface SlotHolder extends Machine {
  /** In the pid namespace of the holder: for display only, never for comparison. */
  readonly pid: number;
}

const noteSchema = z.object({
  id: z.string().min(1),
  holder: z.object({ pid: z.int(), host: z.string(), boot: z.string().optional() }).optional(),
});

/** Content of a slot's file. */
interface SlotNote {
  readonly id: string;
  /** Absent after an orderly exit. */
  readonly holder?: SlotHolder;
}

/** A slot held by this process. */
export interface ClaimedSlot {
  readonly id: string;
  readonly release: () => void;
}

/**
 * One slot of the data folder: `instance-<n>` contains the id and its holder; the holder locks `instance-<n>.lock`.
 *
 * The id is kept if its holder released it, or died under this kernel, where a free lock proves that it is dead.
 * A holder under another kernel may run on another machine, whose locks are not visible here: the slot gets a new id.
 *
 * @param newId creates a unique id
 * @returns undefined while another process holds the slot; throws like `tryLock` and the file system
 */
export function claimSlot(folder: string, slot: number, newId: () => string): ClaimedSlot | undefined {
  const path = join(folder, `instance-${slot}`);
  const lock = tryLock(lockOf(path));
  if (lock === undefined) return undefined;
  try {
    const id = keptId(readNote(path)) ?? newId();
    const mine: SlotHolder = { ...thisMachine(), pid: process.pid };
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

/** Current holder of the slot with this file; undefined if it is free. */
export function holderOf(path: string): SlotHolder | undefined {
  const holder = readNote(path)?.holder;
  return holder !== undefined && isHeld(lockOf(path)) ? holder : undefined;
}

function lockOf(path: string): string {
  return `${path}.lock`;
}

function keptId(note: SlotNote | undefined): string | undefined {
  if (note?.holder === undefined) return note?.id;
  return sameKernel(note.holder, thisMachine()) ? note.id : undefined;
}

/** On a file system without locks, another machine may have taken the slot. */
function isMine(note: SlotNote | undefined, id: string, { pid, host }: SlotHolder): boolean {
  return note?.id === id && note.holder?.pid === pid && note.holder.host === host;
}

/** Undefined for a missing or foreign file. */
function readNote(path: string): SlotNote | undefined {
  try {
    const { id, holder } = noteSchema.parse(JSON.parse(readFileSync(path, 'utf8')));
    if (holder === undefined) return { id };
    const { boot, ...named } = holder;
    return { id, holder: boot === undefined ? named : { ...named, boot } };
  } catch {
    // A slot without a readable id gets a new one.
    return undefined;
  }
}

function writeNote(path: string, note: SlotNote): void {
  writeFileSync(path, `${JSON.stringify(note)}\n`);
}
