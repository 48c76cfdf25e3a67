import { randomBytes } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { homedir, hostname } from 'node:os';
import { join } from 'node:path';
import { makeFolder } from '../core/make-folder';

/** Where things live that outlast the process: `$XDG_DATA_HOME/stream-infer`. */
export function dataFolder(env: NodeJS.ProcessEnv = process.env): string {
  return join(env['XDG_DATA_HOME'] || join(homedir(), '.local', 'share'), 'stream-infer');
}

/**
 * Names this process to the broker. Kafka gives a restarted member its old partitions at once if it comes back under the
 * same name, and fences the older of two members with one name; so the name is kept on disk for a slot that no other
 * living process of this machine holds.
 */
export function claimInstanceId(folder: string = dataFolder()): { id: string; release: () => void } {
  try {
    makeFolder(folder);
    for (let slot = 0; slot < 256; slot++) {
      const claimed = claimSlot(join(folder, `instance-${slot}`));
      if (claimed) return claimed;
    }
  } catch {
    // A read-only or missing home folder: a name for this run alone will do.
  }
  return { id: newId(), release: () => undefined };
}

/** Slots of this very process, whose id is on disk next to each of them. */
const claimedHere = new Set<string>();

function claimSlot(path: string): { id: string; release: () => void } | undefined {
  const [id, owner] = readSlot(path);
  if (claimedHere.has(path) || (owner !== undefined && isAlive(owner))) return undefined;
  const own = id ?? newId();
  writeFileSync(path, `${own} ${process.pid}\n`);
  // Two processes that start together may both have written: the one whose line is there now has the slot.
  if (readSlot(path)[1] !== process.pid) return undefined;
  claimedHere.add(path);
  const release = (): void => {
    claimedHere.delete(path);
    writeFileSync(path, `${own}\n`);
  };
  return { id: own, release };
}

function readSlot(path: string): [id: string | undefined, owner: number | undefined] {
  try {
    const [id, owner] = readFileSync(path, 'utf8').trim().split(' ');
    return [id || undefined, owner ? Number(owner) : undefined];
  } catch {
    return [undefined, undefined];
  }
}

/** Whether another process of this machine has that id. */
export function isAlive(pid: number): boolean {
  if (pid === process.pid) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

function newId(): string {
  return `${hostname()}-${randomBytes(4).toString('hex')}`;
}
