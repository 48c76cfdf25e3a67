/**
 * Gives items back in the order in which they were taken, each as soon as it and everything taken before it is finished:
 * what is finished out of order waits for the gap before it to close.
 */
export class InOrder<T> {
  /** Taken and not given back, in order (a Map keeps the order of insertion); true once finished. */
  readonly #items = new Map<T, boolean>();

  take(item: T): void {
    this.#items.set(item, false);
  }

  /** Returns the items that this one gives free, in order; none for an item that is not here (again, or never taken). */
  finish(item: T): T[] {
    if (this.#items.get(item) !== false) return [];
    this.#items.set(item, true);
    const free: T[] = [];
    for (const [first, finished] of this.#items) {
      if (!finished) break;
      this.#items.delete(first);
      free.push(first);
    }
    return free;
  }
}
