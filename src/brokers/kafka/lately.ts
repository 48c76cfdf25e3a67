/** So long after an outage a client may be shut out by its own former self, ms: the session time-out and some more. */
export const AFTERMATH = 60_000;

/** Whether something happened lately, remembered from one client to the next. */
export class Lately {
  #lastAt = -Infinity;

  note(): void {
    this.#lastAt = performance.now();
  }

  within(ms: number): boolean {
    return performance.now() - this.#lastAt < ms;
  }
}
