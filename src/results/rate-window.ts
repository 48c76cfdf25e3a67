const SLOT_MS = 100;
const SLOTS_PER_SECOND = 1000 / SLOT_MS;
const SLOTS_PER_MINUTE = 60 * SLOTS_PER_SECOND;
/** One minute of finished slots and the current one. */
const SLOTS = SLOTS_PER_MINUTE + 1;

/** Counts per tenth of a second over the last minute. Times are ms on one monotonic clock. */
export class RateWindow {
  private readonly counts = new Float64Array(SLOTS);
  private slot: number;

  constructor(private readonly startedAt: number) {
    this.slot = Math.floor(startedAt / SLOT_MS);
  }

  add(count: number, now: number): void {
    this.advance(now);
    this.counts[this.slot % SLOTS]! += count;
  }

  /** Rates per second, over the last finished second and the last finished minute (or since the start, if shorter). */
  rates(now: number): { last1s: number; last60s: number } {
    this.advance(now);
    const seconds = Math.min(60, Math.max(1, (now - this.startedAt) / 1000));
    return { last1s: this.sum(SLOTS_PER_SECOND), last60s: this.sum(SLOTS_PER_MINUTE) / seconds };
  }

  private sum(slots: number): number {
    let sum = 0;
    // The current slot is not finished: counting it would make every rate a little too small.
    for (let back = 1; back <= slots && back <= this.slot; back++)
      sum += this.counts[(this.slot - back) % SLOTS]!;
    return sum;
  }

  private advance(now: number): void {
    const target = Math.floor(now / SLOT_MS);
    for (let emptied = 0; this.slot < target && emptied < SLOTS; emptied++)
      this.counts[++this.slot % SLOTS] = 0;
    this.slot = Math.max(this.slot, target);
  }
}
