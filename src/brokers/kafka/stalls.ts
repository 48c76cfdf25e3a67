import type { PartitionAssignment } from './partition-assignment';
import type { PartitionStatistics } from './statistics';

/** A partition with waiting messages and without progress. */
export interface Stall {
  readonly assignment: PartitionAssignment;
  /** Duration, ms. */
  readonly ms: number;
}

/** What the caller does with the deliveries of all partitions. */
export interface Work {
  /** It works on some of them, within the time that it allows itself. */
  readonly isWorking: boolean;
  /** Most that can be ahead of a delivery. */
  readonly mostAhead: number;
}

const NO_WORK: Work = { isWorking: false, mostAhead: 0 };

interface Sight {
  readonly taken: number;
  readonly position: number | undefined;
  readonly since: number;
  /** Settled deliveries of all partitions when it moved last. */
  readonly settled: number;
}

/**
 * Detects assigned partitions without progress although messages wait, for any reason. One reason: librdkafka (2.15,
 * its issue 5586) requests the committed offsets of new partitions and never retries when the broker is not the
 * coordinator at that moment.
 */
export class Stalls {
  #views = new Map<PartitionAssignment, Sight>();
  #stalls: readonly Stall[] = [];
  /** Settled deliveries of all partitions, and how many of them were seen of each. */
  #settled = 0;
  readonly #seen = new WeakMap<PartitionAssignment, number>();

  /** @param partitions of the topic, from the statistics */
  evaluate(
    assignments: Iterable<PartitionAssignment>,
    partitions: Readonly<Record<string, PartitionStatistics>>,
    now = performance.now(),
    work = NO_WORK,
  ): void {
    const all = [...assignments];
    this.#count(all);
    const before = this.#views;
    this.#views = new Map();
    for (const assignment of all) {
      if (!hasMessages(assignment, partitions[String(assignment.partition)])) continue;
      const { taken, position } = assignment;
      const last = before.get(assignment);
      const moved = last === undefined || last.taken !== taken || last.position !== position;
      const sight = moved ? { taken, position, since: now, settled: this.#settled } : last;
      const isWaiting = this.#waitsForTurn(assignment, sight, work);
      this.#views.set(assignment, isWaiting ? { ...sight, since: now } : sight);
    }
    this.#stalls = [...this.#views].map(([assignment, { since }]) => ({ assignment, ms: now - since }));
  }

  #count(assignments: readonly PartitionAssignment[]): void {
    for (const assignment of assignments) {
      this.#settled += assignment.settled - (this.#seen.get(assignment) ?? 0);
      this.#seen.set(assignment, assignment.settled);
    }
  }

  /** Others are worked on, and at most as many were settled meanwhile as may be ahead of this partition's messages. */
  #waitsForTurn({ unsettled }: PartitionAssignment, sight: Sight, work: Work): boolean {
    return unsettled > 0 && work.isWorking && this.#settled - sight.settled <= work.mostAhead;
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
function hasMessages(assignment: PartitionAssignment, statistics: PartitionStatistics | undefined): boolean {
  if (assignment.unsettled > 0) return true;
  if (statistics === undefined) return false;
  const { fetch_state: state, fetchq_cnt: fetched, next_offset: next, hi_offset: high } = statistics;
  if (state !== 'active' || fetched > 0) return true;
  // Readers of committed messages wait legitimately behind an open transaction.
  return next >= 0 && next < (statistics.ls_offset ?? high);
}
