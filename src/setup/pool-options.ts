import { availableParallelism } from 'node:os';
import type { Config } from '../config/schema';
import type { Log } from '../core/ports';
import { createPool, type InferencePool, type PoolOptions } from '../inference/pool';

const START_TIMEOUT_MS = 60_000;

/** Pool options that follow from the configuration. */
export function poolOptionsOf(inference: Config['inference'], log: Log): Omit<PoolOptions, 'modelDir'> {
  return {
    runtime: inference.runtime,
    precision: inference.precision,
    workers: inference.workers === 'auto' ? availableParallelism() : inference.workers,
    maxBatch: inference.maxBatch,
    invert: inference.invert,
    taskTimeoutMs: inference.taskTimeout,
    startTimeoutMs: START_TIMEOUT_MS,
    log,
  };
}

/** Opens a pool for the duration of `work`. Rejects like `createPool` and `work`. */
export async function withPool<T>(
  options: PoolOptions,
  work: (pool: InferencePool) => Promise<T>,
): Promise<T> {
  const pool = await createPool(options);
  try {
    return await work(pool);
  } finally {
    await pool.close();
  }
}
