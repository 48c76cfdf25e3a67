import { PredictionWriter } from '../codec/prediction-writer';
import type { BatchResult, PackedBatch } from '../core/classification';
import type { ExplainedImage } from '../core/occlusion';
import type { InvertMode } from '../core/image';
import type { ModelDescription } from '../core/model-description';
import type { ModelShape } from '../core/model-shape';
import type { ModelIdentity } from '../core/prediction';
import type { Availability } from './availability';
import { BusyMeter } from './busy-meter';
import { CLOCK_START } from './clock';
import { runOutside, type OutsideAnswer, type OutsideModel } from './outside-batch';
import type { OutsideImage } from './outside-image';
import { toResult, type InferencePool } from './pool';
import type { PreparingThreads } from './preparing/threads';

/** The calls of a function or of a server. */
export interface OutsideCalls {
  /** @param urgent rejects with MODEL_UNAVAILABLE instead of waiting */
  classify(images: readonly OutsideImage[], urgent: boolean): Promise<OutsideAnswer>;
  /** As `InferencePool.derive`. */
  derive(pixels: Uint8Array, label: number): Promise<ExplainedImage>;
  readonly silence?: string | null;
  close?(): void;
}

export interface OutsidePoolOptions {
  readonly model: ModelIdentity;
  readonly description: ModelDescription;
  /** The model's own if absent. */
  readonly invert: InvertMode | undefined;
  /** Batches at a time. */
  readonly workers: number;
  readonly calls: OutsideCalls;
  readonly availability: Availability;
  readonly preparing: PreparingThreads;
}

/** A model that does not run in worker threads, as a pool: up to `workers` batches run at a time. */
export class OutsidePool implements InferencePool {
  readonly model: ModelIdentity;
  readonly description: ModelDescription;
  readonly shape: ModelShape;
  readonly workers: number;
  readonly parallelism: number;
  /** Never called: there are no workers. */
  onWorkerLost: InferencePool['onWorkerLost'];
  readonly #meter: BusyMeter;
  readonly #outside: OutsideModel;

  constructor(private readonly options: OutsidePoolOptions) {
    const { model, description, invert, workers, calls, preparing } = options;
    const { shape } = description;
    this.model = model;
    this.description = description;
    this.shape = shape;
    this.workers = this.parallelism = workers;
    this.#meter = new BusyMeter(workers);
    this.#outside = {
      invert: invert ?? shape.invert,
      shape,
      writer: new PredictionWriter(model, description),
      preparing,
      classify: (images, { urgent = false }) => calls.classify(images, urgent),
    };
  }

  get unavailable(): string | null {
    return this.options.availability.reason;
  }

  get silence(): string | null {
    return this.options.calls.silence ?? null;
  }

  async classify(batch: PackedBatch): Promise<BatchResult> {
    this.#meter.start();
    try {
      const reply = await runOutside(this.#outside, batch, CLOCK_START);
      return toResult(reply, this.shape, this.model);
    } finally {
      this.#meter.stop();
    }
  }

  async derive(pixels: Uint8Array, label: number): Promise<ExplainedImage> {
    return await this.options.calls.derive(pixels, label);
  }

  get sinceStepMs(): number | null {
    return this.#meter.sinceStepMs;
  }

  utilization(): number {
    return this.#meter.share();
  }

  async close(): Promise<void> {
    const { availability, calls, preparing } = this.options;
    availability.close();
    calls.close?.();
    await preparing.close();
  }
}
