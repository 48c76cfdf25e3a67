/** Counts what is in flight by the moment it arrived, so that the oldest of it is known at any time. */
export class Arrivals {
  /** Monotonic ms → how many are left of what arrived then; a Map keeps the order, and time goes one way. */
  readonly #left = new Map<number, number>();

  add(receivedAt: number): void {
    this.#left.set(receivedAt, (this.#left.get(receivedAt) ?? 0) + 1);
  }

  remove(receivedAt: number): void {
    const left = (this.#left.get(receivedAt) ?? 0) - 1;
    if (left > 0) this.#left.set(receivedAt, left);
    else this.#left.delete(receivedAt);
  }

  /** How long the oldest has been here, ms; 0 when nothing is. */
  oldestMs(now: number): number {
    for (const receivedAt of this.#left.keys()) return Math.max(0, now - receivedAt);
    return 0;
  }
}
