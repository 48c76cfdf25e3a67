import type { Config } from '../config/schema';
import { packBatch } from '../pipeline/packing';
import type { Classifier } from '../core/classification';
import type { Log } from '../core/ports';
import type { ModelIdentity } from '../core/prediction';
import { FASHION_MNIST } from '../core/model-shape';
import { resolveModelDir } from '../models/files';
import type { InferencePool } from '../inference/pool';
import { poolOptionsOf, withPool } from '../setup/pool-options';
import { pixelsAt, type LoadImages } from './load-images';
import type { Profile } from './profiles';
import { cpuBetween, markOf, type ResourceMark } from './resources';

export interface Ceiling extends InferenceRate {
  readonly model: ModelIdentity;
}

export interface InferenceRate {
  readonly imagesPerSecond: number;
  /** CPU time of the worker threads per image, µs; null if it cannot be read. */
  readonly cpuMicros: number | null;
}

export interface CeilingOptions {
  readonly profile: Profile;
  readonly images: LoadImages;
  readonly workers: number;
  readonly log: Log;
}

const MEASURED_MS = 4_000;

/** Upper bound of the stream: the configured model on `workers` threads, without a broker. */
export async function ceilingOf(
  inference: Config['inference'],
  { profile, images, workers, log }: CeilingOptions,
): Promise<Ceiling> {
  return await withWorkers(inference, workers, log, async (pool) => ({
    ...(await measureCeiling(pool, { profile, images }, inference.maxBatch, MEASURED_MS)),
    model: pool.model,
  }));
}

/** Runs `work` with the configured model on `workers` threads. */
export async function withWorkers<T>(
  inference: Config['inference'],
  workers: number,
  log: Log,
  work: (pool: InferencePool) => Promise<T>,
): Promise<T> {
  const modelDir = await resolveModelDir(inference.model);
  return await withPool({ ...poolOptionsOf({ ...inference, workers }, log), modelDir }, work);
}

/** Measures for `ms` with all workers busy, decoding included, after a warm-up of a quarter of `ms`. */
export async function measureCeiling(
  pool: Classifier,
  { profile, images }: Pick<CeilingOptions, 'profile' | 'images'>,
  maxBatch: number,
  ms: number,
): Promise<InferenceRate> {
  const size = maxBatch;
  const items = Array.from({ length: size }, (_, i) => ({
    bytes: profile.encode(pixelsAt(images, i % images.size), images.shape ?? FASHION_MNIST),
    format: profile.format,
  }));
  let classified = 0;
  let until = performance.now() + ms / 4;
  const keepBusy = async () => {
    while (performance.now() < until) {
      await pool.classify(packBatch(items));
      classified += size;
    }
  };
  // Two batches per worker, as in the batcher. The first quarter is a warm-up and does not count.
  const runAll = () => Promise.all(Array.from({ length: pool.parallelism * 2 }, keepBusy));
  await runAll();
  classified = 0;
  const begin = markOf([process.pid]);
  until = begin.at + ms;
  await runAll();
  const end = markOf([process.pid]);
  return {
    imagesPerSecond: classified / ((end.at - begin.at) / 1000),
    cpuMicros: workersBetween(begin, end, classified),
  };
}

/** Without lowered worker priority, nearly everything outside the main thread belongs to the workers. */
function workersBetween(begin: ResourceMark, end: ResourceMark, images: number): number | null {
  const cpu = cpuBetween(begin, end, images);
  if (cpu === null) return null;
  return cpu.workers > 0 ? cpu.workers : cpu.other;
}
