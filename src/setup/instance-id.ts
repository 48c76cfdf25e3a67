import { randomBytes } from 'node:crypto';
import { hostname } from 'node:os';
import { messageOf } from '../core/errors';
import { makeFolder } from '../core/make-folder';
import type { Log } from '../core/ports';
import { dataFolder } from './data-folder';
import { claimInstance } from './instance-claim';

/** Maximum number of instances that keep their ids in one folder. */
const MAX_INSTANCES = 256;

/** Name of a process at the broker. */
export interface Instance {
  readonly id: string;
  /** Why the id changes at a restart; absent if it is kept. */
  readonly notKept?: string;
  /** Allows other processes to use the id. */
  readonly release: () => void;
}

/**
 * Names this process to the broker. Kafka returns the old partitions immediately to a restarted member with the same name.
 * It fences the older of two members with one name. So each process keeps its name on disk, in a file that it locks;
 * containers that share a data volume get different names.
 */
export function claimInstanceId(folder: string = dataFolder()): Instance {
  try {
    makeFolder(folder);
    for (let number = 0; number < MAX_INSTANCES; number++) {
      const claimed = claimInstance(folder, number, newId);
      if (claimed !== undefined) return claimed;
    }
    return forThisRun(`all ${MAX_INSTANCES} ids in ${folder} are taken`);
  } catch (error) {
    return forThisRun(`${folder}: ${messageOf(error)}`);
  }
}

/** The configured id, otherwise one kept on this machine. */
export function instanceOf(configured: string | undefined, folder: string = dataFolder()): Instance {
  return configured === undefined ? claimInstanceId(folder) : { id: configured, release: () => undefined };
}

/** Matters for Kafka: the group waits until the session of the old id times out. */
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
