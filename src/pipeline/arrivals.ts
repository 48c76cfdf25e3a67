interface Arrived {
  /** Monotonic ms. */
  readonly receivedAt: number;
}

/** Counts what is in flight by the moment it arrived, so that the oldest of it is known at any time. */
export class Arrivals {
  /** Monotonic ms → how many are left of what arrived then; a Map keeps the order, and time goes one way. */
  readonly #left = new Map<number, number>();

  add(deliveries: readonly Arrived[]): void {
    this.#change(deliveries.length, (i) => (deliveries[i] as Arrived).receivedAt, 1);
  }

  /** What these were the outcomes of is in flight no longer. */
  remove(outcomes: readonly { readonly delivery: Arrived }[]): void {
    this.#change(outcomes.length, (i) => (outcomes[i] as { delivery: Arrived }).delivery.receivedAt, -1);
  }

  /** How long the oldest has been here, ms; 0 when nothing is. */
  oldestMs(now: number): number {
    for (const receivedAt of this.#left.keys()) return Math.max(0, now - receivedAt);
    return 0;
  }

  /** Neighbours mostly arrived together: they are counted in one go. */
  #change(size: number, timeOf: (i: number) => number, sign: 1 | -1): void {
    for (let i = 0; i < size;) {
      const at = timeOf(i);
      let count = 0;
      do count++;
      while (++i < size && timeOf(i) === at);
      const left = (this.#left.get(at) ?? 0) + sign * count;
      if (left > 0) this.#left.set(at, left);
      else this.#left.delete(at);
    }
  }
}
