import { KAFKA, kafkaCodeOf } from './errors';
import type { Lease } from './lease';
import type { PartitionStatistics } from './statistics';

/** The transaction of a process that died may keep a partition's offset back for as long as it may be open, and some more, ms. */
const LIMIT = 30_000;

const COORDINATOR_ERRORS: ReadonlySet<number> = new Set([
  KAFKA.COORDINATOR_LOAD_IN_PROGRESS,
  KAFKA.COORDINATOR_NOT_AVAILABLE,
  KAFKA.NOT_COORDINATOR,
]);

/**
 * librdkafka (2.15, its issue 5586) asks for the committed offsets of new partitions and, when the broker says that it is
 * not the group's coordinator just now (after a restart or a freeze), never asks again: the partitions are ours, and
 * nobody reads them. Such an error is told to the application in this one case only.
 */
export function leavesPartitionsUnread(error: unknown): boolean {
  return COORDINATOR_ERRORS.has(kafkaCodeOf(error) ?? 0);
}

/** Watches that every partition of ours is read at last, whatever error has kept librdkafka from it. */
export class UnreadPartitions {
  #since = new Map<Lease, number>();

  /** @returns one that has waited for too long */
  find(
    leases: Iterable<Lease>,
    partitions: Readonly<Record<string, PartitionStatistics>>,
    now = performance.now(),
  ): Lease | undefined {
    const before = this.#since;
    this.#since = new Map();
    for (const lease of leases) {
      const state = partitions[String(lease.partition)]?.fetch_state;
      if (state === 'none' || state === 'stopped') this.#since.set(lease, before.get(lease) ?? now);
    }
    return [...this.#since].find(([, since]) => now - since > LIMIT)?.[0];
  }
}
