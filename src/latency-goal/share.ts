/** The initial share, and the maximum while the stream is caught up: more would gain nothing then. */
const START = 0.5;
const LEAST = 0.1;
/** Factor for a share that was too large. */
const SMALLER = { least: 0.7, most: 0.9 };
const LARGER = 1.1;
/** A share that was too large is not retried for this time, ms. */
const CEILING_MS = 60_000;

/**
 * Share of the time left by publishing that queue and batch may use. It decreases fast and increases slowly, and
 * stays below the last share that was too large: otherwise it would oscillate around the goal.
 */
export class GoalShare {
  #value = START;
  #ceiling = { value: 1, until: 0 };

  get value(): number {
    return this.#value;
  }

  /** The time was `excess` times its limit. Returns false at the smallest share. */
  shrink(now: number, excess: number): boolean {
    if (this.#value <= LEAST) return false;
    this.#ceiling = { value: this.#value * SMALLER.most, until: now + CEILING_MS };
    this.#value = Math.max(LEAST, this.#value * Math.max(SMALLER.least, SMALLER.most / excess));
    return true;
  }

  /** Returns false if it cannot increase at present. */
  grow(now: number, behind: boolean): boolean {
    const most = Math.min(behind ? 1 : START, now < this.#ceiling.until ? this.#ceiling.value : 1);
    const next = Math.min(most, this.#value * LARGER);
    if (next <= this.#value) return false;
    this.#value = next;
    return true;
  }

  /** For testing whether the goal can be met at all. Returns false at the smallest share. */
  toLeast(): boolean {
    const changes = this.#value > LEAST;
    this.#value = LEAST;
    return changes;
  }

  toStart(): void {
    this.#value = START;
  }
}
