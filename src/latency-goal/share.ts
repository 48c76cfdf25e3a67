/** Where steering starts, and where it stays while the stream is caught up: there more would gain nothing. */
const START = 0.5;
const LEAST = 0.1;
/** What is left of a share that was too large. */
const SMALLER = { least: 0.7, most: 0.9 };
const LARGER = 1.1;
/** A share that was too large is not tried again for so long, ms. */
const CEILING_MS = 60_000;

/**
 * Share of the time that publishing leaves which queue and batch may use. It is cut fast and raised slowly, and stays
 * below the last share that was too large: without that it would go to and fro around the goal.
 */
export class GoalShare {
  #value = START;
  #ceiling = { value: 1, until: 0 };

  get value(): number {
    return this.#value;
  }

  /** The time was `excess` times as long as it may be. False if it cannot become any smaller. */
  shrink(now: number, excess: number): boolean {
    if (this.#value <= LEAST) return false;
    this.#ceiling = { value: this.#value * SMALLER.most, until: now + CEILING_MS };
    this.#value = Math.max(LEAST, this.#value * Math.max(SMALLER.least, SMALLER.most / excess));
    return true;
  }

  /** False if it does not become any larger at present. */
  grow(now: number, behind: boolean): boolean {
    const most = Math.min(behind ? 1 : START, now < this.#ceiling.until ? this.#ceiling.value : 1);
    const next = Math.min(most, this.#value * LARGER);
    if (next <= this.#value) return false;
    this.#value = next;
    return true;
  }

  /** For a try whether the goal can be met at all. False if it is that small already. */
  toLeast(): boolean {
    const changes = this.#value > LEAST;
    this.#value = LEAST;
    return changes;
  }

  toStart(): void {
    this.#value = START;
  }
}
