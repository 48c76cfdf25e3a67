import { setTimeout as sleep } from 'node:timers/promises';

/** Exponential back-off: each wait doubles, with jitter, up to `maxMs`. */
export class Backoff {
  #tries = 0;

  constructor(
    private readonly firstMs: number,
    private readonly maxMs: number,
  ) {}

  get tries(): number {
    return this.#tries;
  }

  reset(): void {
    this.#tries = 0;
  }

  /** Counts a failed try and returns the time until the next one, ms. */
  nextMs(): number {
    return Math.min(this.maxMs, this.firstMs * 2 ** this.#tries++) * (0.75 + Math.random() / 2);
  }

  /** Waits for `nextMs`. Resolves early, without an error, when `signal` aborts. */
  async wait(signal: AbortSignal): Promise<void> {
    await sleep(this.nextMs(), undefined, { signal }).catch(() => undefined);
  }
}
