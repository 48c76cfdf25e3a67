/** Longest time for which unused allowance is kept, ms: the taker looks for room every 50 ms. */
const KEPT_MS = 200;

/** Limits messages per second. Allowance grows with time, and only a little of it is kept, so there are no bursts. */
export class RateLimit {
  readonly #most: number;
  #allowance = 1;
  #at: number;

  constructor(
    readonly perSecond: number,
    private readonly now: () => number = () => performance.now(),
  ) {
    this.#most = Math.max(1, (perSecond * KEPT_MS) / 1_000);
    this.#at = now();
  }

  /** How many messages may be taken now. */
  room(): number {
    const now = this.now();
    const grown = this.#allowance + ((now - this.#at) * this.perSecond) / 1_000;
    this.#allowance = Math.min(this.#most, grown);
    this.#at = now;
    // More may have been taken than there was room for.
    return Math.max(0, Math.floor(this.#allowance));
  }

  /** Takes `count` of them. */
  take(count: number): void {
    this.#allowance -= count;
  }
}
