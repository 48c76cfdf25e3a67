import { setTimeout as sleep } from 'node:timers/promises';

/** Interval for publishing due images, ms. */
const TICK_MS = 20;

/**
 * Number of images due now. A rate follows the clock, not the last publish, so that a slow broker gets larger batches
 * instead of a slower stream.
 */
export class Pace {
  readonly #startedAt = performance.now();
  #published = 0;

  /** @param rate images per second; unlimited if absent */
  constructor(private readonly rate: number | undefined) {}

  /** Waits until at least one image is due, or `signal` aborts; resolves with 1 to `most`. */
  async due(most: number, signal: AbortSignal): Promise<number> {
    const { rate } = this;
    if (rate === undefined) return most;
    for (;;) {
      const elapsed = performance.now() - this.#startedAt;
      const due = Math.floor((elapsed / 1000) * rate) + 1 - this.#published;
      if (due > 0 || signal.aborted) return Math.min(Math.max(due, 1), most);
      const untilNext = (this.#published / rate) * 1000 - elapsed;
      await sleep(Math.max(TICK_MS, untilNext), undefined, { signal }).catch(() => undefined);
    }
  }

  published(count: number): void {
    this.#published += count;
  }
}
