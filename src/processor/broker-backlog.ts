import type { PartitionLag } from '../core/ports';

/** A lag older than this is unknown, ms. */
const STALE_MS = 5_000;

/** Messages waiting in the broker at the latest lag sample. */
export class BrokerBacklog {
  #waiting: number | null = null;
  #at = 0;

  /** Subtracts messages in work here, which the lag includes. An empty lag means unknown. */
  update(lag: readonly PartitionLag[], inFlight: number, now: number): void {
    const messages = lag.reduce((sum, partition) => sum + partition.messages, 0);
    this.#waiting = lag.length === 0 ? null : Math.max(0, messages - inFlight);
    this.#at = now;
  }

  read(now: number): number | null {
    return now - this.#at > STALE_MS ? null : this.#waiting;
  }
}
