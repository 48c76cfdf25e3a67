import type { Lease } from './lease';
import type { PartitionStatistics } from './statistics';

/** A partition with messages waiting that has not moved for a while. */
export interface Stall {
  readonly lease: Lease;
  /** For so long, ms. */
  readonly ms: number;
}

interface Sight {
  readonly taken: number;
  readonly position: number | undefined;
  readonly since: number;
}

/**
 * Watches that every partition of ours moves on as long as messages wait in it, whatever keeps the client from it. librdkafka
 * (2.15, its issue 5586), for one, asks for the committed offsets of new partitions and never asks again when the broker is
 * not the group's coordinator just then.
 */
export class Stalls {
  #sights = new Map<Lease, Sight>();
  #stalls: readonly Stall[] = [];

  /** @param partitions of the topic, from the statistics */
  look(
    leases: Iterable<Lease>,
    partitions: Readonly<Record<string, PartitionStatistics>>,
    now = performance.now(),
  ): void {
    const before = this.#sights;
    this.#sights = new Map();
    for (const lease of leases) {
      if (!isWaiting(lease, partitions[String(lease.partition)])) continue;
      const { taken, position } = lease;
      const last = before.get(lease);
      const moved = last === undefined || last.taken !== taken || last.position !== position;
      this.#sights.set(lease, moved ? { taken, position, since: now } : last);
    }
    this.#stalls = [...this.#sights].map(([lease, { since }]) => ({ lease, ms: now - since }));
  }

  /** Nothing is to be expected just now: no broker is there, or nobody takes messages. */
  clear(): void {
    this.#sights.clear();
    this.#stalls = [];
  }

  /** The longest, if it has lasted for `ms` at least. */
  longest(ms: number): Stall | undefined {
    let longest: Stall | undefined;
    for (const stall of this.#stalls) if (stall.ms >= ms && stall.ms > (longest?.ms ?? -1)) longest = stall;
    return longest;
  }
}

/** Messages were taken and have no outcome yet, are fetched, are in the topic; or nobody knows, since nothing is fetched. */
function isWaiting(lease: Lease, statistics: PartitionStatistics | undefined): boolean {
  if (lease.unsettled > 0) return true;
  if (statistics === undefined) return false;
  const { fetch_state: state, fetchq_cnt: fetched, next_offset: next, hi_offset: high } = statistics;
  if (state !== 'active' || fetched > 0) return true;
  // Readers of committed messages wait behind an open transaction, and rightly so.
  return next >= 0 && next < (statistics.ls_offset ?? high);
}
