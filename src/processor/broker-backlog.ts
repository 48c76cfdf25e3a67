import type { PartitionLag } from '../core/ports';

/** A lag that was not renewed for so long is not known, ms. */
const STALE_MS = 5_000;

/** How many messages waited in the broker when it was last asked. */
export class BrokerBacklog {
  #waiting: number | null = null;
  #at = 0;

  /** The lag counts what is in work here too, which does not wait there. An empty lag is one that is not known. */
  update(lag: readonly PartitionLag[], inFlight: number, now: number): void {
    const messages = lag.reduce((sum, partition) => sum + partition.messages, 0);
    this.#waiting = lag.length === 0 ? null : Math.max(0, messages - inFlight);
    this.#at = now;
  }

  read(now: number): number | null {
    return now - this.#at > STALE_MS ? null : this.#waiting;
  }
}
