import { availableParallelism } from 'node:os';
import { StreamInferError, messageOf } from '../core/errors';
import type { Log } from '../core/ports';
import type { WorkersState } from '../core/steering';

/** The worker threads of the loaded models. */
export interface ResizablePool {
  readonly workers: number;
  /** False where the model does not run in worker threads. */
  readonly canResize: boolean;
  resize(workers: number): Promise<void>;
}

export interface WorkersOptions {
  /** null until the model is loaded. */
  readonly pool: () => ResizablePool | null;
  /** Number at the start; `auto` follows the utilisation. */
  readonly configured: number | 'auto';
  /** Why the number cannot be changed; undefined if it can. */
  readonly fixedBy?: string | undefined;
  /** Largest number; by default one per CPU core, or the configured one if that is larger. */
  readonly most?: number;
  readonly log: Log;
}

const INTERVAL_MS = 1_000;
/** Above this utilisation for `GROW_AFTER` samples, the number is doubled. */
const HIGH = 0.85;
const GROW_AFTER = 2;
/** If one worker less would be used below this share for `SHRINK_AFTER` samples, one ends. */
const LOW = 0.5;
const SHRINK_AFTER = 60;

/** The number of worker threads: set by an operator, or following the utilisation between 1 and the largest number. */
export class Workers {
  readonly #most: number;
  #auto: boolean;
  #changing = false;
  #high = 0;
  #low = 0;

  constructor(private readonly options: WorkersOptions) {
    const { configured, most } = options;
    this.#auto = configured === 'auto';
    this.#most = most ?? Math.max(availableParallelism(), configured === 'auto' ? 1 : configured);
  }

  /** null where the number cannot be changed. */
  state(): WorkersState | null {
    const pool = this.options.pool();
    if (pool === null || !pool.canResize || this.options.fixedBy !== undefined) return null;
    return { now: pool.workers, most: this.#most, mode: this.#auto ? 'auto' : 'fixed' };
  }

  /** Resolves with the number when it is reached. Rejects with BAD_REQUEST, USAGE or STEERING_BUSY. */
  async set(workers: number | 'auto'): Promise<number> {
    const pool = this.#resizable();
    if (workers !== 'auto' && workers > this.#most)
      throw new StreamInferError(
        'BAD_REQUEST',
        `workers: must be 1 to ${this.#most} or auto (got ${workers})`,
      );
    if (this.#changing)
      throw new StreamInferError('STEERING_BUSY', 'workers are being started or ended; try again shortly');
    if (workers !== 'auto') await this.#resize(pool, workers);
    this.#auto = workers === 'auto';
    return pool.workers;
  }

  /** Samples the utilisation (0–1) once a second; returns the function that stops it. */
  watch(utilization: () => number): () => void {
    const timer = setInterval(() => this.sample(utilization()), INTERVAL_MS);
    timer.unref();
    return () => clearInterval(timer);
  }

  sample(utilization: number): void {
    const pool = this.options.pool();
    if (!this.#auto || this.#changing || pool === null || this.state() === null) return;
    const { workers } = pool;
    this.#high = utilization >= HIGH ? this.#high + 1 : 0;
    this.#low = utilization * workers <= LOW * (workers - 1) ? this.#low + 1 : 0;
    if (this.#high >= GROW_AFTER && workers < this.#most)
      this.#follow(pool, Math.min(this.#most, 2 * workers), utilization);
    else if (this.#low >= SHRINK_AFTER && workers > 1) this.#follow(pool, workers - 1, utilization);
  }

  #follow(pool: ResizablePool, workers: number, utilization: number): void {
    const { log } = this.options;
    const before = pool.workers;
    this.#resize(pool, workers).then(
      () => log.info({ before, workers, utilization }, 'number of workers follows their utilization'),
      (error: unknown) =>
        log.warn({ error: messageOf(error) }, 'cannot change the number of workers; keeping it'),
    );
  }

  async #resize(pool: ResizablePool, workers: number): Promise<void> {
    this.#changing = true;
    this.#high = this.#low = 0;
    try {
      if (workers !== pool.workers) await pool.resize(workers);
    } finally {
      this.#changing = false;
    }
  }

  #resizable(): ResizablePool {
    const { fixedBy } = this.options;
    const pool = this.options.pool();
    if (fixedBy !== undefined) throw new StreamInferError('USAGE', fixedBy);
    if (pool?.canResize !== true)
      throw new StreamInferError('USAGE', 'the model does not run in worker threads of this process');
    return pool;
  }
}
