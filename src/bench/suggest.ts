/** `--workers` and `--max-batch`. */
export interface Setting {
  readonly workers: number;
  readonly maxBatch: number;
}

/** A setting and its rate, images/s. */
export interface Measured extends Setting {
  readonly imagesPerSecond: number;
}

/** Batch sizes to try on the workers alone. */
export const BATCH_SIZES = [1, 8, 16, 32, 64, 128, 256] as const;

/** Smaller differences are noise, or do not justify more threads or a longer wait for a batch. */
const TOLERANCE = 0.03;

/** One, half of the cores, all but one (for the main thread), and all. */
export function workerCounts(cores: number): number[] {
  const counts = [1, Math.floor(cores / 2), cores - 1, cores].filter((count) => count >= 1);
  return [...new Set(counts)].sort((a, b) => a - b);
}

/**
 * Settings for an end-to-end run: the current one, and for each worker count the smallest batch within the
 * tolerance of its best ceiling.
 */
export function candidatesOf(ceilings: readonly Measured[], current: Setting): Setting[] {
  const workers = [...new Set(ceilings.map((ceiling) => ceiling.workers))];
  const promising = workers.map((count) => cheapest(ceilings.filter((one) => one.workers === count)));
  const settings = [current, ...promising].map(({ workers: count, maxBatch }) => ({
    workers: count,
    maxBatch,
  }));
  return settings.filter((one, i) => settings.findIndex((other) => isSame(one, other)) === i);
}

/** The fewest workers, then the smallest batch, within the tolerance of the best end-to-end rate. */
export function suggestionOf(measured: readonly Measured[]): Measured {
  return cheapest(measured);
}

function cheapest(measured: readonly Measured[]): Measured {
  // NaN means the run was too short.
  const known = measured.map(({ imagesPerSecond }) => imagesPerSecond).filter(Number.isFinite);
  const best = Math.max(0, ...known);
  const [first = measured[0]] = measured
    .filter(({ imagesPerSecond }) => imagesPerSecond >= best * (1 - TOLERANCE))
    .sort((a, b) => a.workers - b.workers || a.maxBatch - b.maxBatch);
  return first as Measured;
}

function isSame(one: Setting, other: Setting): boolean {
  return one.workers === other.workers && one.maxBatch === other.maxBatch;
}
