import { randomBytes } from 'node:crypto';
import { hostname } from 'node:os';
import { messageOf } from '../core/errors';
import { makeFolder } from '../core/make-folder';
import type { BrokerKind } from '../core/message';
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

/** What a process needs its name for. */
export interface InstanceUse {
  readonly broker: BrokerKind;
  readonly delivery: 'at-least-once' | 'exactly-once';
  /** The name was configured, so that it does not depend on the data folder. */
  readonly isConfigured: boolean;
  /** Why the data folder may not survive a restart; see `whyVolatile`. */
  readonly volatile: string | undefined;
}

/** Warns about a name that a restart loses, with what is at stake. */
export function warnIfNotKept({ id, notKept }: Instance, use: InstanceUse, log: Log): void {
  const { broker, isConfigured } = use;
  const exactlyOnce = use.delivery === 'exactly-once';
  const volatile = exactlyOnce ? use.volatile : undefined;
  if (broker === 'pubsub') {
    // The name belongs to the table of published messages, so that only both together are of use.
    const reason = notKept ?? volatile;
    if (exactlyOnce && reason !== undefined) log.warn({ instanceId: id, reason }, LOST_TABLE);
    return;
  }
  const reason = isConfigured ? undefined : (notKept ?? volatile);
  if (reason !== undefined)
    log.warn({ instanceId: id, reason }, exactlyOnce ? LOST_TRANSACTIONS : LOST_SESSION);
}

const LOST_SESSION =
  'instance id is not kept; after a restart, partitions wait for the old session to time out (see --instance-id)';
const LOST_TRANSACTIONS =
  'exactly-once without a lasting instance id; after a crash, readers wait for the open transaction of the old id ' +
  'to time out, and partitions for its session (set --instance-id)';
const LOST_TABLE =
  'exactly-once without a lasting data folder; a restart forgets what was published, and redelivered images are ' +
  'published twice (set XDG_DATA_HOME and --instance-id)';

function forThisRun(notKept: string): Instance {
  return { id: newId(), notKept, release: () => undefined };
}

function newId(): string {
  return `${hostname()}-${randomBytes(4).toString('hex')}`;
}
