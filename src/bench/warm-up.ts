/** Maximum duration of a warm-up, ms; it ends earlier once its images are done. */
export const WARM_UP_MS = 10_000;

/** Images of the throughput part. */
export interface LoadPlan {
  /** Images of the warm-up, at most 10 s. */
  readonly warmUp: number;
  /** Measured images. */
  readonly count: number;
}

export function totalOf({ warmUp, count }: LoadPlan): number {
  return warmUp + count;
}

/** Rate after the warm-up. */
export interface Rate {
  /** NaN if the run is too short. */
  readonly imagesPerSecond: number;
  /** Number of images in the rate. */
  readonly counted: number;
}

/**
 * The rate after the warm-up, from the times of the predictions. A broker stamps a whole batch with one time,
 * so only later predictions count and no batch is split.
 *
 * @param sorted times in ascending order, ms
 * @param warmUp images of the warm-up, at most 10 s
 */
export function rateAfterWarmUp(sorted: Float64Array, warmUp: number): Rate {
  const first = sorted[0] ?? NaN;
  const cut = Math.min(warmUp, firstNotBefore(sorted, first + WARM_UP_MS));
  const [begin, end] = [sorted[Math.max(0, cut - 1)] ?? NaN, sorted.at(-1) ?? NaN];
  if (!(end > begin)) return { imagesPerSecond: NaN, counted: 0 };
  const counted = sorted.length - firstNotBefore(sorted, begin, true);
  return { imagesPerSecond: counted / ((end - begin) / 1000), counted };
}

/** Index of the first value at or after `time` (with `after`: later than it); the length if there is none. */
export function firstNotBefore(sorted: Float64Array, time: number, after = false): number {
  const at = sorted.findIndex((value) => (after ? value > time : value >= time));
  return at < 0 ? sorted.length : at;
}

/** Detects the end of the warm-up while the program runs. */
export class WarmUpWatch {
  #startedAt: number | undefined;

  constructor(private readonly images: number) {}

  /** @param now on the monotonic clock, ms */
  isOver(done: number, now = performance.now()): boolean {
    if (done > 0) this.#startedAt ??= now;
    if (this.#startedAt === undefined) return false;
    return done >= this.images || now - this.#startedAt >= WARM_UP_MS;
  }
}
