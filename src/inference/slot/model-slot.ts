import { StreamInferError, isStreamInferError } from '../../core/errors';
import type { DerivedImages } from '../../core/event';
import type { ModelShape } from '../../core/model-shape';
import type { BatchResult, Log, PackedBatch } from '../../core/ports';
import type { ModelIdentity } from '../../core/prediction';
import type { InferencePool } from '../pool';
import { Seat } from './seat';

export interface SlotOptions {
  readonly log: Log;
  /** A batch that the model on trial failed at, and the one before it did not. */
  readonly onFailedBatch?: (model: ModelIdentity, error: StreamInferError) => void;
}

/**
 * A pool that can be exchanged while it works: a batch goes to what serves when it is handed in, and stays there. A pool
 * that takes over is on trial at first: the one before stays warm, takes the batches that the new one fails at, and can take
 * over again at once. So there are two pools at most, and batches that their pool still holds keep it open.
 *
 * States: one pool serves → `serve`: another one serves, the first stands by → `endTrial`, `rollBack`: one pool serves.
 */
export class ModelSlot implements InferencePool {
  readonly parallelism: number;
  readonly workers: number;
  readonly shape: ModelShape;
  onWorkerLost: InferencePool['onWorkerLost'];
  #serving: Seat;
  /** Served before; warm as long as the one that serves is on trial. */
  #standby: Seat | null = null;

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

  get standby(): ModelIdentity | null {
    return this.#standby?.pool.model ?? null;
  }

  /** Rejects as the pool does; one bad image is never the reason. */
  async classify(batch: PackedBatch): Promise<BatchResult> {
    const [serving, standby] = [this.#serving, this.#standby];
    if (standby === null) return await serving.use(() => serving.patient.classify(batch));
    // Both stay open: what stands by now may be wanted when the other one has failed.
    return await serving.use(() => standby.use(() => this.#classifyOnTrial(batch, serving, standby)));
  }

  async derive(pixels: Uint8Array, label: number): Promise<DerivedImages> {
    const serving = this.#serving;
    return await serving.use(() => serving.pool.derive(pixels, label));
  }

  utilization(): number {
    return this.#serving.pool.utilization();
  }

  /** The next batch goes to `pool`, of the same shape and parallelism. Throws INTERNAL while another one is on trial. */
  serve(pool: InferencePool): void {
    if (this.#standby !== null) throw new StreamInferError('INTERNAL', 'A model is on trial already.');
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

  /** Ends all workers. Batches still in work are rejected with NOT_READY. */
  async close(): Promise<void> {
    await Promise.all([this.#serving.pool.close(), this.#standby?.pool.close()]);
  }

  async #classifyOnTrial(batch: PackedBatch, serving: Seat, standby: Seat): Promise<BatchResult> {
    try {
      return await serving.pool.classify(batch);
    } catch (error) {
      if (!isPoolsFault(error)) throw error;
      const result = await standby.patient.classify(batch);
      // An image that both fail at is a bad image, not a bad model.
      if (!hasLostImages(result)) this.options.onFailedBatch?.(serving.pool.model, error);
      return result;
    }
  }

  #seat(pool: InferencePool): Seat {
    pool.onWorkerLost = (error) => this.onWorkerLost?.(error);
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
