/**
 * After an outage a client may be fenced by its own former session for this time, ms: the session time-out and a
 * margin.
 */
export const AFTERMATH = 60_000;

/** Whether an event happened recently, remembered from one client to the next. */
export class RecentEvent {
  #lastAt = -Infinity;

  note(): void {
    this.#lastAt = performance.now();
  }

  /** Whether it happened after a time of `performance.now()`. */
  since(time: number): boolean {
    return this.#lastAt > time;
  }

  within(ms: number): boolean {
    return performance.now() - this.#lastAt < ms;
  }
}
