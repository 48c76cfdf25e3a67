import { createHash } from 'node:crypto';
import { withTimeout } from '../core/async/timeout';
import { PredictionWriter } from '../codec/prediction-writer';
import { StreamInferError, messageOf } from '../core/errors';
import type { ModelDescription } from '../core/model-description';
import { FASHION_MNIST, bytesPerImage, type ModelShape } from '../core/model-shape';
import type { DerivedImages } from '../core/event';
import type { BatchResult, PackedBatch } from '../core/classification';
import type { ModelIdentity } from '../core/prediction';
import { BusyMeter } from './busy-meter';
import { CLOCK_START } from './clock';
import { deriveImages } from './derive';
import { toResult, type InferencePool, type PoolOptions } from './pool';
import { runBatch, type BatchModel } from './worker-batch';

/**
 * Replaces the model: takes images (28 × 28 uint8 by default, row-major, bright on black) and returns one probability per
 * class for each, 0–1. After an error or an invalid result, each image is retried alone. An image that fails again becomes
 * a dead letter WORKER_CRASH, or WORKER_TIMEOUT if it takes longer than `inference.taskTimeout`.
 */
export type ClassifyFunction = (
  images: readonly Uint8Array[],
) => readonly ArrayLike<number>[] | Promise<readonly ArrayLike<number>[]>;

/** Wraps a function as a pool: images are decoded in this thread, and up to `workers` batches run at a time. */
export class FunctionPool implements InferencePool {
  readonly model: ModelIdentity;
  readonly description: ModelDescription;
  readonly workers: number;
  readonly parallelism: number;
  /** Never called: there are no workers. */
  onWorkerLost: InferencePool['onWorkerLost'];
  readonly #meter: BusyMeter;
  readonly #batchModel: BatchModel;
  #closed = false;

  constructor(
    private readonly classifyImages: ClassifyFunction,
    name: string,
    private readonly options: Pick<PoolOptions, 'workers' | 'invert' | 'maxBatch' | 'taskTimeoutMs'>,
    readonly shape: ModelShape = FASHION_MNIST,
  ) {
    const sha256 = createHash('sha256').update(classifyImages.toString()).digest('hex');
    this.model = { name, version: 1, sha256, runtime: 'function', precision: 'fp32' };
    this.description = describeFunction(shape);
    this.workers = this.parallelism = options.workers;
    this.#meter = new BusyMeter(options.workers);
    this.#batchModel = {
      runtime: { predict: (pixels, n) => this.#predict(pixels, n) },
      invert: options.invert ?? shape.invert,
      shape,
      writer: new PredictionWriter(this.model, this.description),
    };
  }

  async classify(batch: PackedBatch): Promise<BatchResult> {
    if (this.#closed) throw new StreamInferError('NOT_READY', 'The pipeline is closed.');
    this.#meter.start();
    try {
      const reply = await this.#inTime(runBatch(this.#batchModel, batch, CLOCK_START));
      return toResult(reply, this.shape, this.model);
    } catch (thrown) {
      throw StreamInferError.from(thrown, 'WORKER_CRASH', 'The function failed: ');
    } finally {
      this.#meter.stop();
    }
  }

  async derive(pixels: Uint8Array, label: number): Promise<DerivedImages> {
    const { maxBatch } = this.options;
    const { enlarged, occlusion } = await deriveImages(this.#batchModel, { pixels, label }, maxBatch);
    return { enlarged, occlusion };
  }

  utilization(): number {
    return this.#meter.share();
  }

  async close(): Promise<void> {
    this.#closed = true;
  }

  async #predict(pixels: Uint8Array, n: number): Promise<Float32Array<ArrayBuffer>> {
    const [size, classes] = [bytesPerImage(this.shape), this.shape.labels.length];
    const images = Array.from({ length: n }, (_, i) => pixels.slice(i * size, (i + 1) * size));
    const rows: unknown = await this.classifyImages(images);
    if (!Array.isArray(rows) || rows.length !== n)
      throw new TypeError(`it returned ${describe(rows)} for ${n} images`);
    const probabilities = new Float32Array(n * classes);
    for (const [i, row] of (rows as readonly unknown[]).entries())
      probabilities.set(toProbabilities(row, i, classes), i * classes);
    return probabilities;
  }

  async #inTime<T>(work: Promise<T>): Promise<T> {
    const { taskTimeoutMs } = this.options;
    const late = (): StreamInferError =>
      new StreamInferError('WORKER_TIMEOUT', `The function took longer than ${taskTimeoutMs} ms.`);
    return await withTimeout(work, taskTimeoutMs, late);
  }
}

/** Functions take pixels; clients of the inference protocols may send them as numbers from 0 to 1, too. */
function describeFunction(shape: ModelShape): ModelDescription {
  const { channels } = shape;
  return {
    kind: 'function',
    shape,
    preprocessing: {
      scale: 1 / 255,
      offset: 0,
      mean: Array<number>(channels).fill(0),
      std: Array<number>(channels).fill(1),
      order: channels === 1 ? 'grey' : 'rgb',
    },
    layout: 'nhwc',
    output: { activation: 'none', independent: false },
  };
}

function toProbabilities(row: unknown, image: number, classes: number): ArrayLike<number> {
  const values = row as ArrayLike<number> | null | undefined;
  const length = typeof values === 'object' ? values?.length : undefined;
  if (length !== classes)
    throw new TypeError(`it returned ${describe(row)} for image ${image}; expected ${classes} numbers`);
  for (let i = 0; i < classes; i++) {
    const value: unknown = values?.[i];
    if (typeof value !== 'number' || !(value >= 0 && value <= 1))
      throw new TypeError(
        `it returned ${messageOf(value)} for class ${i} of image ${image}; expected 0 to 1`,
      );
  }
  return values as ArrayLike<number>;
}

function describe(value: unknown): string {
  const length = (value as { length?: unknown } | null | undefined)?.length;
  return typeof value === 'object' && typeof length === 'number' ? `${length} entries` : typeof value;
}
