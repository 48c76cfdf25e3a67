import type { OutcomeObserver, PartitionLag } from '../core/ports';
import type { Outcome } from '../core/prediction';

/**
 * Lag of the reader in time: the age of the last finished message in a partition, while more wait. The next message
 * is slightly younger, so this is an upper bound.
 */
export class LagClock implements OutcomeObserver {
  /** By partition (null: the broker has none), ms since 1970. There is one input topic. */
  readonly #latest = new Map<number | null, number>();

  onOutcomes(outcomes: readonly Outcome[]): void {
    for (const { delivery } of outcomes) {
      const { partition } = delivery.place ?? delivery.origin;
      this.#latest.set(partition, delivery.timestamp);
    }
  }

  /** In tenths of a second; null before the first finished message. */
  seconds({ partition, messages }: PartitionLag): number | null {
    if (messages === 0) return 0;
    const timestamp = this.#latest.get(partition);
    return timestamp === undefined ? null : Math.max(0, Math.round((Date.now() - timestamp) / 100) / 10);
  }
}
