/** Detects that all instances reported ready while a partition was stalled. */

/** A stall longer than this has to be reported by an instance, ms. */
export const SILENT_STALL = 30_000;
/** "Ready" may come before the first outcome, and a new freeze at once is known only after a session (6 s), ms. */
const GRACE = 10_000;

/** Times are in ms; samples come in their order. */
export class ReadinessWatch {
  #since: number | undefined;
  /** The longest time in which all instances reported ready during a long stall. */
  longestLie = 0;

  /**
   * @param allReady every live instance answered 200; false where none is live
   * @param stallMs how long the slowest partition has stood still
   */
  sample(allReady: boolean, stallMs: number, now: number): void {
    if (!allReady || stallMs <= SILENT_STALL) {
      this.#since = undefined;
      return;
    }
    this.#since ??= now;
    this.longestLie = Math.max(this.longestLie, now - this.#since);
  }

  get lied(): boolean {
    return this.longestLie > GRACE;
  }
}
