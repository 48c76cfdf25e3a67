/** Returns items in the order in which they were taken, each as soon as it and all earlier items are finished. */
export class InOrder<T> {
  /** Items that were taken and not returned, in order (a Map keeps the order of insertion); true once finished. */
  readonly #items = new Map<T, boolean>();

  take(item: T): void {
    this.#items.set(item, false);
  }

  /** Returns the items that this one releases, in order; none for an unknown item. */
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
