/** Time until the first retry, ms; doubled after each failure. */
const FIRST_MS = 60_000;
const LONGEST_MS = 600_000;

/** When an unreachable goal is retried: each attempt costs throughput for some seconds. */
export class GoalRetry {
  #waitMs = FIRST_MS;
  #at: number | null = null;

  /** null unless the goal was given up. */
  get at(): number | null {
    return this.#at;
  }

  giveUp(now: number): void {
    this.#at = now + this.#waitMs;
    this.#waitMs = Math.min(LONGEST_MS, this.#waitMs * 2);
  }

  /** A retry is running. */
  resume(): void {
    this.#at = null;
  }

  succeeded(): void {
    this.#waitMs = FIRST_MS;
  }
}
