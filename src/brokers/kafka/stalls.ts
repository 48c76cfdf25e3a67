import type { PartitionAssignment } from './partition-assignment';
import type { PartitionStatistics } from './statistics';

/** A partition with waiting messages and without progress. */
export interface Stall {
  readonly assignment: PartitionAssignment;
  /** Duration, ms. */
  readonly ms: number;
}

interface Sight {
  readonly taken: number;
  readonly position: number | undefined;
  readonly since: number;
}

/**
 * Detects assigned partitions without progress although messages wait, for any reason. One reason: librdkafka (2.15,
 * its issue 5586) requests the committed offsets of new partitions and never retries when the broker is not the
 * coordinator at that moment.
 */
export class Stalls {
  #views = new Map<PartitionAssignment, Sight>();
  #stalls: readonly Stall[] = [];

  /** @param partitions of the topic, from the statistics */
  evaluate(
    assignments: Iterable<PartitionAssignment>,
    partitions: Readonly<Record<string, PartitionStatistics>>,
    now = performance.now(),
  ): void {
    const before = this.#views;
    this.#views = new Map();
    for (const assignment of assignments) {
      if (!isWaiting(assignment, partitions[String(assignment.partition)])) continue;
      const { taken, position } = assignment;
      const last = before.get(assignment);
      const moved = last === undefined || last.taken !== taken || last.position !== position;
      this.#views.set(assignment, moved ? { taken, position, since: now } : last);
    }
    this.#stalls = [...this.#views].map(([assignment, { since }]) => ({ assignment, ms: now - since }));
  }

  /** No progress is expected at present: no broker, or nobody receives messages. */
  clear(): void {
    this.#views.clear();
    this.#stalls = [];
  }

  /** The longest stall of at least `ms`. */
  longest(ms: number): Stall | undefined {
    let longest: Stall | undefined;
    for (const stall of this.#stalls) if (stall.ms >= ms && stall.ms > (longest?.ms ?? -1)) longest = stall;
    return longest;
  }
}

/** Messages are unsettled, prefetched or in the topic; or this is unknown, since nothing is fetched. */
function isWaiting(assignment: PartitionAssignment, statistics: PartitionStatistics | undefined): boolean {
  if (assignment.unsettled > 0) return true;
  if (statistics === undefined) return false;
  const { fetch_state: state, fetchq_cnt: fetched, next_offset: next, hi_offset: high } = statistics;
  if (state !== 'active' || fetched > 0) return true;
  // Readers of committed messages wait legitimately behind an open transaction.
  return next >= 0 && next < (statistics.ls_offset ?? high);
}
