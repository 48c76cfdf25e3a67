/** Time until the first retry, ms; doubled with each one that fails. */
const FIRST_MS = 60_000;
const LONGEST_MS = 600_000;

/** When a goal that cannot be met is tried again: each try costs throughput for some seconds. */
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

  /** It is being tried again. */
  resume(): void {
    this.#at = null;
  }

  succeeded(): void {
    this.#waitMs = FIRST_MS;
  }
}
