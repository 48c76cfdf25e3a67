import type { ModelBaseline } from '../../core/baseline';
import { StreamInferError, isStreamInferError } from '../../core/errors';
import type { ExplainedImage } from '../../core/occlusion';
import type { ModelDescription } from '../../core/model-description';
import type { ModelShape } from '../../core/model-shape';
import type { BatchResult, Classifier, PackedBatch } from '../../core/classification';
import type { Log } from '../../core/ports';
import type { ModelIdentity } from '../../core/prediction';
import type { InferencePool, ScoredNumbers } from '../../inference/pool';
import { isolateFailures } from '../../pipeline/isolation';

/** Attempts for a single image before it is rejected. */
const ATTEMPTS = 2;

/** Errors of a pool; an image or the shutdown is not the cause. */
const POOL_ERRORS = ['WORKER_CRASH', 'WORKER_TIMEOUT', 'POOL_BROKEN'] as const;

/**
 * Routes batches to at most two pools, which can be replaced while they work. A batch stays with the pool it started on,
 * and a pool is closed only after its last batch.
 *
 * - `activate`: a new pool becomes active, on probation. The previous one stays warm: it takes the batches the new one
 *   fails, and `rollBack` reactivates it at once. `retirePrevious` ends this.
 * - `addCandidate`: a second pool gets the canary or shadow batches, until `removeCandidate`; `promote` activates it.
 */
export class ModelRouter implements InferencePool {
  readonly shape: ModelShape;
  onWorkerLost: InferencePool['onWorkerLost'];
  /** Called for a batch that failed in a model on probation or a candidate, and succeeded in the other model. */
  onFailedBatch: ((model: ModelIdentity, error: StreamInferError) => void) | undefined;
  #active: PoolHandle;
  #previous: PoolHandle | null = null;
  #candidate: PoolHandle | null = null;
  /** By the SHA-256 of the model; also of retired models, whose last predictions may still be in flight. */
  readonly #baselines = new Map<string, ModelBaseline>();

  constructor(
    pool: InferencePool,
    private readonly log: Log,
  ) {
    this.shape = pool.shape;
    this.#active = this.#handleOf(pool);
  }

  get workers(): number {
    return this.#active.pool.workers;
  }

  get parallelism(): number {
    return this.#active.pool.parallelism;
  }

  /** Whether the model runs in worker threads of this process. */
  get canResize(): boolean {
    return this.#active.pool.resize !== undefined;
  }

  /** The active model. */
  get model(): ModelIdentity {
    return this.#active.pool.model;
  }

  get unavailable(): string | null {
    return this.#active.pool.unavailable ?? null;
  }

  get silence(): string | null {
    return this.#active.pool.silence ?? null;
  }

  get description(): ModelDescription {
    return this.#active.pool.description;
  }

  get history(): InferencePool['history'] {
    return this.#active.pool.history;
  }

  get previous(): ModelIdentity | null {
    return this.#previous?.pool.model ?? null;
  }

  get candidate(): ModelIdentity | null {
    return this.#candidate?.pool.model ?? null;
  }

  /** Of a loaded or retired model. */
  baselineOf({ sha256 }: ModelIdentity): ModelBaseline | undefined {
    return this.#baselines.get(sha256);
  }

  /** Rejects as the pool does; never because of a single bad image. */
  async classify(batch: PackedBatch): Promise<BatchResult> {
    const [active, previous] = [this.#active, this.#previous];
    if (previous === null) return await active.use(() => active.isolating.classify(batch));
    return await this.#classifyWithFallback(batch, active, previous);
  }

  /** Classifies with the candidate; falls back to the active model if the candidate fails or is gone. */
  async classifyWithCandidate(batch: PackedBatch): Promise<BatchResult> {
    const [active, candidate] = [this.#active, this.#candidate];
    if (candidate === null) return await this.classify(batch);
    return await this.#classifyWithFallback(batch, candidate, active);
  }

  /** Classifies with the candidate only; null if it is gone. Rejects as its pool does, with OVERLOADED if it is behind. */
  async classifyInShadow(batch: PackedBatch): Promise<BatchResult | null> {
    const candidate = this.#candidate;
    return candidate === null ? null : await candidate.use(() => candidate.pool.classify(batch));
  }

  async derive(pixels: Uint8Array, label: number): Promise<ExplainedImage> {
    const active = this.#active;
    return await active.use(() => active.pool.derive(pixels, label));
  }

  /** With the active model. Rejects with MODEL_UNSUPPORTED for a model of pixels only. */
  async classifyNumbers(numbers: Float32Array, images: number): Promise<ScoredNumbers> {
    const active = this.#active;
    return await active.use(async () => {
      const scored = await active.pool.classifyNumbers?.(numbers, images);
      if (scored !== undefined) return scored;
      throw new StreamInferError('MODEL_UNSUPPORTED', 'the active model takes pixels only');
    });
  }

  get sinceStepMs(): number | null {
    return this.#active.pool.sinceStepMs ?? null;
  }

  /** Resizes the pools of all loaded models; they share the processor. */
  async resize(workers: number): Promise<void> {
    const handles = [this.#active, this.#previous, this.#candidate].filter((handle) => handle !== null);
    await Promise.all(handles.map(async ({ pool }) => await pool.resize?.(workers)));
  }

  utilization(): number {
    return this.#active.pool.utilization();
  }

  /** Routes the next batch to `pool`, of the same shape and parallelism. Throws INTERNAL if two pools are loaded. */
  activate(pool: InferencePool): void {
    this.#assertSinglePool();
    this.#previous = this.#active;
    this.#active = this.#handleOf(pool);
  }

  /** Ends the probation: closes the previous pool after its last batch. */
  async retirePrevious(): Promise<void> {
    const previous = this.#previous;
    this.#previous = null;
    await previous?.retire();
  }

  /** Routes the next batch to the previous pool and closes the active one after its last batch. False without a previous pool. */
  async rollBack(): Promise<boolean> {
    if (this.#previous === null) return false;
    const failed = this.#active;
    this.#active = this.#previous;
    this.#previous = null;
    await failed.retire();
    return true;
  }

  /** Throws INTERNAL if two pools are loaded. */
  addCandidate(pool: InferencePool): void {
    this.#assertSinglePool();
    this.#candidate = this.#handleOf(pool);
  }

  async removeCandidate(): Promise<void> {
    const candidate = this.#candidate;
    this.#candidate = null;
    await candidate?.retire();
  }

  /** Activates the candidate, on probation. Throws INTERNAL without a candidate. */
  promote(): void {
    if (this.#candidate === null) throw new StreamInferError('INTERNAL', 'there is no candidate to promote');
    this.#previous = this.#active;
    this.#active = this.#candidate;
    this.#candidate = null;
  }

  /** Ends all workers; batches in progress are rejected with NOT_READY. */
  async close(): Promise<void> {
    const handles = [this.#active, this.#previous, this.#candidate].filter((handle) => handle !== null);
    await Promise.all(handles.map((handle) => handle.pool.close()));
  }

  /** Keeps both pools open: the fallback may be needed long after it was replaced. */
  async #classifyWithFallback(
    batch: PackedBatch,
    first: PoolHandle,
    fallback: PoolHandle,
  ): Promise<BatchResult> {
    return await first.use(() => fallback.use(() => this.#tryBoth(batch, first, fallback)));
  }

  async #tryBoth(batch: PackedBatch, first: PoolHandle, fallback: PoolHandle): Promise<BatchResult> {
    try {
      return await first.pool.classify(batch);
    } catch (error) {
      if (!isPoolError(error)) throw error;
      const result = await fallback.isolating.classify(batch);
      // An image that fails in both models is a bad image, not a sign of a bad model.
      if (!hasInferenceFailures(result)) this.onFailedBatch?.(first.pool.model, error);
      return result;
    }
  }

  #assertSinglePool(): void {
    if (this.#previous !== null || this.#candidate !== null)
      throw new StreamInferError('INTERNAL', 'two models are loaded already');
  }

  #handleOf(pool: InferencePool): PoolHandle {
    pool.onWorkerLost = (error) => this.onWorkerLost?.(error);
    if (pool.baseline) this.#baselines.set(pool.model.sha256, pool.baseline);
    return new PoolHandle(pool, this.log);
  }
}

/** A pool with the number of batches in it. */
class PoolHandle {
  /** Finds the image that crashes a worker. Inside the handle, so that all attempts use the same model. */
  readonly isolating: Classifier;
  #running = 0;
  #whenIdle: (() => void)[] = [];

  constructor(
    readonly pool: InferencePool,
    log: Log,
  ) {
    this.isolating = isolateFailures(pool, { attempts: ATTEMPTS, log });
  }

  /** Keeps the pool open until the work is done. */
  async use<T>(work: () => Promise<T>): Promise<T> {
    this.#running++;
    try {
      return await work();
    } finally {
      this.#running--;
      if (this.#running === 0) for (const resolve of this.#whenIdle.splice(0)) resolve();
    }
  }

  /** Closes the pool after its last batch. `use` must not be called any more. */
  async retire(): Promise<void> {
    if (this.#running > 0) await new Promise<void>((resolve) => this.#whenIdle.push(resolve));
    await this.pool.close();
  }
}

function isPoolError(error: unknown): error is StreamInferError {
  return isStreamInferError(error) && POOL_ERRORS.some((code) => code === error.code);
}

function hasInferenceFailures({ failures }: BatchResult): boolean {
  return [...failures.values()].some(({ stage }) => stage === 'inference');
}
