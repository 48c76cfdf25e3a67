/** `--workers` and `--max-batch`. */
export interface Setting {
  readonly workers: number;
  readonly maxBatch: number;
}

/** A setting and what it reached, images/s. */
export interface Measured extends Setting {
  readonly imagesPerSecond: number;
}

/** What is tried on the workers alone. */
export const BATCH_SIZES = [1, 8, 16, 32, 64, 128, 256] as const;

/** Differences below that are noise, or not worth more threads and a longer wait for a batch. */
const TOLERANCE = 0.03;

/** One, half of the cores, all but one for the main thread, and all. */
export function workerCounts(cores: number): number[] {
  const counts = [1, Math.floor(cores / 2), cores - 1, cores].filter((count) => count >= 1);
  return [...new Set(counts)].sort((a, b) => a - b);
}

/**
 * What is worth a run from end to end, by the inference ceilings: for each number of workers the smallest batch that is as
 * good as its best one, and the current setting to compare with.
 */
export function candidatesOf(ceilings: readonly Measured[], current: Setting): Setting[] {
  const workers = [...new Set(ceilings.map((ceiling) => ceiling.workers))];
  const promising = workers.map((count) => thriftiest(ceilings.filter((one) => one.workers === count)));
  const settings = [current, ...promising].map(({ workers: count, maxBatch }) => ({
    workers: count,
    maxBatch,
  }));
  return settings.filter((one, i) => settings.findIndex((other) => isSame(one, other)) === i);
}

/** Of what was measured from end to end: the fewest workers and then the smallest batch that are as good as the best. */
export function suggestionOf(measured: readonly Measured[]): Measured {
  return thriftiest(measured);
}

function thriftiest(measured: readonly Measured[]): Measured {
  // NaN: a run too short to tell.
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
