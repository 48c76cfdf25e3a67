interface Arrived {
  /** Monotonic ms. */
  readonly receivedAt: number;
}

/** Counts deliveries in flight by arrival time, so that the age of the oldest is always known. */
export class ArrivalTimes {
  /** Monotonic ms → remaining deliveries of that time; a Map keeps the order, and time only increases. */
  readonly #left = new Map<number, number>();

  add(deliveries: readonly Arrived[]): void {
    this.#change(deliveries.length, (i) => (deliveries[i] as Arrived).receivedAt, 1);
  }

  /** The deliveries of these outcomes are no longer in flight. */
  remove(outcomes: readonly { readonly delivery: Arrived }[]): void {
    this.#change(outcomes.length, (i) => (outcomes[i] as { delivery: Arrived }).delivery.receivedAt, -1);
  }

  /** Age of the oldest delivery in flight, ms; 0 without one. */
  oldestMs(now: number): number {
    for (const receivedAt of this.#left.keys()) return Math.max(0, now - receivedAt);
    return 0;
  }

  /** Adjacent deliveries mostly arrived together: they are counted in one step. */
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
