const BUCKET_MS = 100;
const BUCKETS_PER_SECOND = 1000 / BUCKET_MS;
const BUCKETS_PER_MINUTE = 60 * BUCKETS_PER_SECOND;
/** One minute of finished buckets and the current one. */
const BUCKETS = BUCKETS_PER_MINUTE + 1;

/** Counts per tenth of a second over the last minute. Times are ms on one monotonic clock. */
export class RateWindow {
  private readonly counts = new Float64Array(BUCKETS);
  private bucket: number;

  constructor(private readonly startedAt: number) {
    this.bucket = Math.floor(startedAt / BUCKET_MS);
  }

  add(count: number, now: number): void {
    this.advance(now);
    this.counts[this.bucket % BUCKETS]! += count;
  }

  /** Rates per second, over the last finished second and the last finished minute (or since the start, if shorter). */
  rates(now: number): { last1s: number; last60s: number } {
    this.advance(now);
    const seconds = Math.min(60, Math.max(1, (now - this.startedAt) / 1000));
    return { last1s: this.sum(BUCKETS_PER_SECOND), last60s: this.sum(BUCKETS_PER_MINUTE) / seconds };
  }

  private sum(buckets: number): number {
    let sum = 0;
    // The current bucket is not finished: counting it would make every rate a little too small.
    for (let back = 1; back <= buckets && back <= this.bucket; back++)
      sum += this.counts[(this.bucket - back) % BUCKETS]!;
    return sum;
  }

  private advance(now: number): void {
    const target = Math.floor(now / BUCKET_MS);
    for (let emptied = 0; this.bucket < target && emptied < BUCKETS; emptied++)
      this.counts[++this.bucket % BUCKETS] = 0;
    this.bucket = Math.max(this.bucket, target);
  }
}
