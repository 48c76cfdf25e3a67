import { randomBytes } from 'node:crypto';
import { hostname } from 'node:os';
import { messageOf } from '../core/errors';
import { makeFolder } from '../core/make-folder';
import type { Log } from '../core/ports';
import { dataFolder } from './data-folder';
import { claimSlot } from './instance-slot';

/** Most instances that keep their ids in one folder. */
const SLOTS = 256;

/** The name of a process at the broker. */
export interface Instance {
  readonly id: string;
  /** Why a restart will have another id; absent where the id is kept. */
  readonly notKept?: string;
  /** Another process may have the id from now on. */
  readonly release: () => void;
}

/**
 * Names this process to the broker. Kafka returns its old partitions at once to a restarted member with the same name, and
 * fences the older of two members with one name; so the name is kept on disk, in a slot that no other living process has
 * locked. Processes in several containers with one data volume have different names.
 */
export function claimInstanceId(folder: string = dataFolder()): Instance {
  try {
    makeFolder(folder);
    for (let slot = 0; slot < SLOTS; slot++) {
      const claimed = claimSlot(folder, slot, newId);
      if (claimed !== undefined) return claimed;
    }
    return forThisRun(`all ${SLOTS} slots in ${folder} are taken`);
  } catch (error) {
    return forThisRun(`${folder}: ${messageOf(error)}`);
  }
}

/** The id that the configuration names, else one of this machine's. */
export function instanceOf(configured: string | undefined, folder: string = dataFolder()): Instance {
  return configured === undefined ? claimInstanceId(folder) : { id: configured, release: () => undefined };
}

/** To be called where a changed id costs something: a Kafka group waits for the session of the old one. */
export function warnIfNotKept({ id, notKept }: Instance, log: Log): void {
  if (notKept === undefined) return;
  log.warn(
    { instanceId: id, reason: notKept },
    'instance id is not kept; after a restart, partitions wait for the old session to time out (see --instance-id)',
  );
}

function forThisRun(notKept: string): Instance {
  return { id: newId(), notKept, release: () => undefined };
}

function newId(): string {
  return `${hostname()}-${randomBytes(4).toString('hex')}`;
}
