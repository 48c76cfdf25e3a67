/**
 * Turns settles in any order into the contiguous watermark of one partition: every tracked offset below it is settled.
 * Offsets are tracked in ascending order and may have gaps (Kafka: compaction, transaction markers).
 */
export class OffsetTracker {
  /** Tracked offsets at or above the watermark, in order, from `#head` on; the part before it is cut occasionally. */
  #tracked: number[] = [];
  #head = 0;
  #watermark: number;
  /** Settled offsets after an unsettled one. */
  readonly #ahead = new Set<number>();

  /** @param start the first unsettled offset */
  constructor(start = 0) {
    this.#watermark = start;
  }

  /** The offset to resume from: one more than the last of the contiguous settled ones. */
  get watermark(): number {
    return this.#watermark;
  }

  /** Number of tracked, unsettled offsets. */
  get unsettled(): number {
    return this.#tracked.length - this.#head - this.#ahead.size;
  }

  /** The first tracked offset that is not settled; undefined when all are. */
  get firstUnsettled(): number | undefined {
    return this.#tracked[this.#head];
  }

  /** Whether an offset after an unsettled one is settled. */
  get hasAhead(): boolean {
    return this.#ahead.size > 0;
  }

  /**
   * The settled offsets after the first unsettled one, ascending, from `start` to `end` (not included). Offsets
   * between two settled ones that were never tracked do not exist, and belong to the range.
   */
  *ahead(): Generator<[start: number, end: number]> {
    let start: number | undefined;
    let end = 0;
    for (let at = this.#head; at < this.#tracked.length; at++) {
      const offset = this.#tracked[at] as number;
      if (this.#ahead.has(offset)) {
        start ??= offset;
        end = offset + 1;
      } else if (start !== undefined) {
        yield [start, end];
        start = undefined;
      }
    }
    if (start !== undefined) yield [start, end];
  }

  /** Tracks a received offset. An offset that was tracked before (a redelivery) changes nothing. */
  track(offset: number): void {
    const last = this.#tracked[this.#tracked.length - 1];
    if (offset < this.#watermark || (last !== undefined && offset <= last)) return;
    this.#tracked.push(offset);
  }

  isSettled(offset: number): boolean {
    return offset < this.#watermark || this.#ahead.has(offset);
  }

  /** Settles a tracked offset (again: no change) and returns the watermark. */
  settle(offset: number): number {
    if (offset < this.#watermark) return this.#watermark;
    if (offset !== this.#tracked[this.#head]) this.#ahead.add(offset);
    else this.#advance();
    return this.#watermark;
  }

  #advance(): void {
    let first: number | undefined;
    do {
      first = this.#tracked[this.#head++];
      this.#watermark = (first ?? 0) + 1;
      first = this.#tracked[this.#head];
    } while (first !== undefined && this.#ahead.delete(first));
    this.#cutOff();
  }

  /** Amortised O(1): only when the unused part is the larger one. */
  #cutOff(): void {
    if (this.#head === this.#tracked.length) this.#tracked.length = 0;
    else if (this.#head > 1024 && this.#head * 2 > this.#tracked.length) this.#tracked.splice(0, this.#head);
    else return;
    this.#head = 0;
  }
}
