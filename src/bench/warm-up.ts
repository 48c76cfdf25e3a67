/** A warm-up ends after its images or after this time, whichever comes first, ms. */
export const WARM_UP_MS = 10_000;

/** Images of the part that runs as fast as it can. */
export interface LoadPlan {
  /** Those that do not count, at most 10 s of them. */
  readonly warmUp: number;
  /** Those that count. */
  readonly count: number;
}

export function totalOf({ warmUp, count }: LoadPlan): number {
  return warmUp + count;
}

/** What was reached after the warm-up. */
export interface Rate {
  /** NaN for too short a run. */
  readonly imagesPerSecond: number;
  /** Images that the rate was taken over. */
  readonly counted: number;
}

/**
 * The rate after the warm-up, by the times at which the images were done. Many may share one time, since a broker stamps a
 * whole batch at once: only later ones count from there on, so that a batch is never cut in two.
 *
 * @param sorted ms, ascending
 * @param warmUp images that do not count, at most 10 s of them
 */
export function rateAfterWarmUp(sorted: Float64Array, warmUp: number): Rate {
  const first = sorted[0] ?? NaN;
  const cut = Math.min(warmUp, firstNotBefore(sorted, first + WARM_UP_MS));
  const [begin, end] = [sorted[Math.max(0, cut - 1)] ?? NaN, sorted.at(-1) ?? NaN];
  if (!(end > begin)) return { imagesPerSecond: NaN, counted: 0 };
  const counted = sorted.length - firstNotBefore(sorted, begin, true);
  return { imagesPerSecond: counted / ((end - begin) / 1000), counted };
}

/** Index of the first value that is not below `time` (with `after`: that is above it); the length if there is none. */
export function firstNotBefore(sorted: Float64Array, time: number, after = false): number {
  const at = sorted.findIndex((value) => (after ? value > time : value >= time));
  return at < 0 ? sorted.length : at;
}

/** Notices the end of the warm-up while the program works. */
export class WarmUpWatch {
  #startedAt: number | undefined;

  constructor(private readonly images: number) {}

  /** @param now ms on the monotonic clock */
  isOver(done: number, now = performance.now()): boolean {
    if (done > 0) this.#startedAt ??= now;
    if (this.#startedAt === undefined) return false;
    return done >= this.images || now - this.#startedAt >= WARM_UP_MS;
  }
}
