import type { OutcomeObserver, PartitionLag } from '../core/ports';
import type { Outcome } from '../core/prediction';

/**
 * How far the reader is behind in time: the age of what it last finished in a partition, as long as there is more. The
 * next message is a little younger, so that this is the most that it can be.
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

  /** Whole tenths of a second; null as long as nothing was finished. */
  seconds({ partition, messages }: PartitionLag): number | null {
    if (messages === 0) return 0;
    const timestamp = this.#latest.get(partition);
    return timestamp === undefined ? null : Math.max(0, Math.round((Date.now() - timestamp) / 100) / 10);
  }
}
