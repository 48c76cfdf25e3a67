import type { ModelBaseline } from '../../core/baseline';
import { StreamInferError, isStreamInferError } from '../../core/errors';
import type { DerivedImages } from '../../core/event';
import type { ModelShape } from '../../core/model-shape';
import type { BatchResult, Log, PackedBatch } from '../../core/ports';
import type { ModelIdentity } from '../../core/prediction';
import type { InferencePool } from '../../inference/pool';
import { Seat } from './seat';

export interface SlotOptions {
  readonly log: Log;
  /** A batch that the model on trial, or beside, failed at, and the other one did not. */
  readonly onFailedBatch?: (model: ModelIdentity, error: StreamInferError) => void;
}

/**
 * A pool that can be exchanged while it works: a batch goes to what serves when it is handed in, and stays there. There are
 * two pools at most, and batches that their pool still holds keep it open.
 *
 * States: one pool serves
 * → `serve`: another one serves, on trial; the first stands by, takes the batches that the new one fails at, and can take
 *   over again at once → `endTrial`, `rollBack`: one pool serves
 * → `putBeside`: another one gets what it is handed itself → `removeBeside`: one pool serves → `promote`: as after `serve`.
 */
export class ModelSlot implements InferencePool {
  readonly parallelism: number;
  readonly workers: number;
  readonly shape: ModelShape;
  onWorkerLost: InferencePool['onWorkerLost'];
  #serving: Seat;
  /** Served before; warm as long as the one that serves is on trial. */
  #standby: Seat | null = null;
  #beside: Seat | null = null;
  /** By the SHA-256 of the model, also of those that are gone: their last predictions are still on their way. */
  readonly #baselines = new Map<string, ModelBaseline>();

  constructor(
    pool: InferencePool,
    private readonly options: SlotOptions,
  ) {
    this.parallelism = pool.parallelism;
    this.workers = pool.workers;
    this.shape = pool.shape;
    this.#serving = this.#seat(pool);
  }

  get model(): ModelIdentity {
    return this.#serving.pool.model;
  }

  get history(): InferencePool['history'] {
    return this.#serving.pool.history;
  }

  get standby(): ModelIdentity | null {
    return this.#standby?.pool.model ?? null;
  }

  get beside(): ModelIdentity | null {
    return this.#beside?.pool.model ?? null;
  }

  /** Of a model that is here or was. */
  baselineOf({ sha256 }: ModelIdentity): ModelBaseline | undefined {
    return this.#baselines.get(sha256);
  }

  /** Rejects as the pool does; one bad image is never the reason. */
  async classify(batch: PackedBatch): Promise<BatchResult> {
    const [serving, standby] = [this.#serving, this.#standby];
    if (standby === null) return await serving.use(() => serving.patient.classify(batch));
    return await this.#classifyOrElse(batch, serving, standby);
  }

  /** The same by the model beside; by the one that serves where that fails or is gone. */
  async classifyBeside(batch: PackedBatch): Promise<BatchResult> {
    const [serving, beside] = [this.#serving, this.#beside];
    if (beside === null) return await this.classify(batch);
    return await this.#classifyOrElse(batch, beside, serving);
  }

  /** By the model beside alone; null if that is gone. Rejects as its pool does, also with OVERLOADED when it is behind. */
  async classifyInShadow(batch: PackedBatch): Promise<BatchResult | null> {
    const beside = this.#beside;
    return beside === null ? null : await beside.use(() => beside.pool.classify(batch));
  }

  async derive(pixels: Uint8Array, label: number): Promise<DerivedImages> {
    const serving = this.#serving;
    return await serving.use(() => serving.pool.derive(pixels, label));
  }

  utilization(): number {
    return this.#serving.pool.utilization();
  }

  /** The next batch goes to `pool`, of the same shape and parallelism. Throws INTERNAL while there are two already. */
  serve(pool: InferencePool): void {
    this.#assertOne();
    this.#standby = this.#serving;
    this.#serving = this.#seat(pool);
  }

  /** What serves has proved itself; the one before is closed when its last batch is through. */
  async endTrial(): Promise<void> {
    const standby = this.#standby;
    this.#standby = null;
    await standby?.leave();
  }

  /** The next batch goes to what served before; the other one is closed when its last batch is through. False: there is none. */
  async rollBack(): Promise<boolean> {
    if (this.#standby === null) return false;
    const failed = this.#serving;
    this.#serving = this.#standby;
    this.#standby = null;
    await failed.leave();
    return true;
  }

  /** Throws INTERNAL while there are two already. */
  putBeside(pool: InferencePool): void {
    this.#assertOne();
    this.#beside = this.#seat(pool);
  }

  async removeBeside(): Promise<void> {
    const beside = this.#beside;
    this.#beside = null;
    await beside?.leave();
  }

  /** The next batch goes to the model beside, which is on trial then. Throws INTERNAL if there is none. */
  promote(): void {
    if (this.#beside === null) throw new StreamInferError('INTERNAL', 'There is no model beside.');
    this.#standby = this.#serving;
    this.#serving = this.#beside;
    this.#beside = null;
  }

  /** Ends all workers. Batches still in work are rejected with NOT_READY. */
  async close(): Promise<void> {
    const seats = [this.#serving, this.#standby, this.#beside].filter((seat) => seat !== null);
    await Promise.all(seats.map((seat) => seat.pool.close()));
  }

  /** Both stay open: the second one may be wanted only when the first has failed, long after it was replaced. */
  async #classifyOrElse(batch: PackedBatch, first: Seat, second: Seat): Promise<BatchResult> {
    return await first.use(() => second.use(() => this.#tryBoth(batch, first, second)));
  }

  async #tryBoth(batch: PackedBatch, first: Seat, second: Seat): Promise<BatchResult> {
    try {
      return await first.pool.classify(batch);
    } catch (error) {
      if (!isPoolsFault(error)) throw error;
      const result = await second.patient.classify(batch);
      // An image that both fail at is a bad image, not a bad model.
      if (!hasLostImages(result)) this.options.onFailedBatch?.(first.pool.model, error);
      return result;
    }
  }

  #assertOne(): void {
    if (this.#standby !== null || this.#beside !== null)
      throw new StreamInferError('INTERNAL', 'There are two models already.');
  }

  #seat(pool: InferencePool): Seat {
    pool.onWorkerLost = (error) => this.onWorkerLost?.(error);
    if (pool.baseline) this.#baselines.set(pool.model.sha256, pool.baseline);
    return new Seat(pool, this.options.log);
  }
}

const FAULTS = ['WORKER_CRASH', 'WORKER_TIMEOUT', 'RUNTIME_UNAVAILABLE'] as const;

function isPoolsFault(error: unknown): error is StreamInferError {
  return isStreamInferError(error) && FAULTS.some((code) => code === error.code);
}

function hasLostImages({ failures }: BatchResult): boolean {
  return [...failures.values()].some(({ stage }) => stage === 'inference');
}
