import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { isHeld, tryLock } from './kernel-lock';
import { sameKernel, thisMachine, type Machine } from './machine';

/** Who holds a slot, or held it when it died. */
export interface SlotHolder extends Machine {
  /** In the holder's own pid namespace: for people to read, never to compare. */
  readonly pid: number;
}

const noteSchema = z.object({
  id: z.string().min(1),
  holder: z.object({ pid: z.int(), host: z.string(), boot: z.string().optional() }).optional(),
});

/** What the file of a slot says. */
interface SlotNote {
  readonly id: string;
  /** Absent after an orderly end. */
  readonly holder?: SlotHolder;
}

/** A slot that this process holds. */
export interface ClaimedSlot {
  readonly id: string;
  readonly release: () => void;
}

/**
 * One slot of the data folder: `instance-<n>` has the id and who holds it, and `instance-<n>.lock` is locked by the holder.
 *
 * The id is kept when its holder was released, or died under this kernel, where the lock shows that it is dead. A holder
 * under another kernel is this machine before it was started again, whose id the broker has long forgotten, or another
 * machine that shares the folder over a file system whose locks may not reach here: the slot gets a new id.
 *
 * @param newId makes an id that nobody has
 * @returns undefined while another process holds the slot; throws what `tryLock` and the file system throw
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

/** Who holds the slot with this file now; undefined if nobody does. */
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

/** Another machine may have taken the slot where its file system has no locks. */
function isMine(note: SlotNote | undefined, id: string, { pid, host }: SlotHolder): boolean {
  return note?.id === id && note.holder?.pid === pid && note.holder.host === host;
}

/** Undefined for a file that is not there or not one of these. */
function readNote(path: string): SlotNote | undefined {
  try {
    const { id, holder } = noteSchema.parse(JSON.parse(readFileSync(path, 'utf8')));
    if (holder === undefined) return { id };
    const { boot, ...named } = holder;
    return { id, holder: boot === undefined ? named : { ...named, boot } };
  } catch {
    // A slot without an id gets a new one, whatever was there.
    return undefined;
  }
}

function writeNote(path: string, note: SlotNote): void {
  writeFileSync(path, `${JSON.stringify(note)}\n`);
}
