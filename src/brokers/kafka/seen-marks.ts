import { PAUSED } from './commit-note';

/** A mark that has not changed for this time is of a member that died, ms. */
const VALID = 60_000;

/** Marks of other members, by partition. */
export class SeenMarks {
  readonly #seen = new Map<number, { readonly mark: string; readonly since: number }>();

  /** Whether a live member is paused at this partition. @param now `performance.now()` */
  isPaused(partition: number, metadata: string | undefined, now: number): boolean {
    if (metadata?.startsWith(PAUSED) !== true) {
      this.#seen.delete(partition);
      return false;
    }
    // The times of other machines do not matter, only that a mark changes.
    const before = this.#seen.get(partition);
    const since = before?.mark === metadata ? before.since : now;
    this.#seen.set(partition, { mark: metadata, since });
    return now - since < VALID;
  }
}
