import { createHash } from 'node:crypto';
import { withTimeout } from '../core/async/timeout';
import { PredictionWriter } from '../codec/prediction-writer';
import { StreamInferError, isStreamInferError, messageOf, type ErrorCode } from '../core/errors';
import type { ModelDescription } from '../core/model-description';
import { FASHION_MNIST, bytesPerImage, type ModelShape } from '../core/model-shape';
import type { DerivedImages } from '../core/event';
import type { BatchResult, PackedBatch } from '../core/classification';
import type { ModelIdentity } from '../core/prediction';
import { Availability, type CallFailure } from './availability';
import { BusyMeter } from './busy-meter';
import { CLOCK_START } from './clock';
import { deriveImages } from './derive';
import {
  rawImage,
  runOutside,
  type OutsideAnswer,
  type OutsideImage,
  type OutsideModel,
  type SentImage,
} from './outside-batch';
import { toResult, type InferencePool, type PoolOptions } from './pool';

/** What a function may ask for besides the pixels. */
export interface ClassifyContext {
  /** The images as they were sent, in the same order: for services that take files. Opened when it is first read. */
  readonly originals: readonly SentImage[];
}

/**
 * Replaces the model: takes images (28 × 28 uint8 by default, row-major, bright on black) and returns one probability per
 * class for each, 0–1.
 *
 * An error with `retryable: true` says that no image can be classified now. The same images are retried after a
 * back-off, or after its `retryAfterMs`, and nothing is consumed meanwhile. After any other error, or an invalid result,
 * each image is retried alone. An image that fails again becomes a dead letter: REMOTE_REFUSED if that is the error's
 * `code`, else WORKER_CRASH, or WORKER_TIMEOUT if it takes longer than `inference.taskTimeout`.
 */
export type ClassifyFunction = (
  images: readonly Uint8Array[],
  context: ClassifyContext,
) => readonly ArrayLike<number>[] | Promise<readonly ArrayLike<number>[]>;

/** Wraps a function as a pool: images are decoded outside of the workers, and up to `workers` batches run at a time. */
export class FunctionPool implements InferencePool {
  readonly model: ModelIdentity;
  readonly description: ModelDescription;
  readonly workers: number;
  readonly parallelism: number;
  /** Never called: there are no workers. */
  onWorkerLost: InferencePool['onWorkerLost'];
  readonly #meter: BusyMeter;
  readonly #outside: OutsideModel;
  readonly #availability: Availability;

  constructor(
    private readonly classifyImages: ClassifyFunction,
    name: string,
    private readonly options: Pick<PoolOptions, 'workers' | 'invert' | 'maxBatch' | 'taskTimeoutMs' | 'log'>,
    readonly shape: ModelShape = FASHION_MNIST,
  ) {
    const sha256 = createHash('sha256').update(classifyImages.toString()).digest('hex');
    this.model = { name, version: 1, sha256, runtime: 'function', precision: 'fp32' };
    this.description = describeFunction(shape);
    this.workers = this.parallelism = options.workers;
    this.#meter = new BusyMeter(options.workers);
    this.#availability = new Availability(options.log);
    this.#outside = {
      invert: options.invert ?? shape.invert,
      shape,
      writer: new PredictionWriter(this.model, this.description),
      classify: (images, { urgent }) => this.#callUntilAvailable(images, urgent),
    };
  }

  get unavailable(): string | null {
    return this.#availability.reason;
  }

  async classify(batch: PackedBatch): Promise<BatchResult> {
    this.#meter.start();
    try {
      const reply = await runOutside(this.#outside, batch, CLOCK_START);
      return toResult(reply, this.shape, this.model);
    } catch (thrown) {
      if (isStreamInferError(thrown) && PASSED_ON.has(thrown.code)) throw thrown;
      const message = `The function failed: ${messageOf(thrown)}`;
      throw new StreamInferError('WORKER_CRASH', message, { cause: thrown });
    } finally {
      this.#meter.stop();
    }
  }

  async derive(pixels: Uint8Array, label: number): Promise<DerivedImages> {
    const { shape, options } = this;
    const predict = async (some: Uint8Array, n: number) => await this.#call(imagesIn(some, n, shape));
    const { enlarged, occlusion } = await deriveImages(
      { runtime: { predict }, shape },
      { pixels, label },
      options.maxBatch,
    );
    return { enlarged, occlusion };
  }

  utilization(): number {
    return this.#meter.share();
  }

  async close(): Promise<void> {
    this.#availability.close();
  }

  /** Repeats the call while the function throws retryable errors. */
  async #callUntilAvailable(images: readonly OutsideImage[], urgent?: boolean): Promise<OutsideAnswer> {
    for (let waitedMs = 0, attempts = 1; ; attempts++) {
      const started = performance.now();
      await this.#availability.turn(urgent);
      waitedMs += performance.now() - started;
      const called = performance.now();
      try {
        const scores = await this.#call(images);
        this.#availability.succeeded();
        return { scores, refused: NONE_REFUSED, waitedMs };
      } catch (thrown) {
        const failure = toFailure(thrown);
        if (failure === undefined) return this.#failed(thrown, images.length, attempts, waitedMs);
        this.#availability.failed(failure);
        if (urgent) throw this.#availability.toError(failure);
        waitedMs += performance.now() - called;
      }
    }
  }

  /** An error that waiting does not fix: a refused image, or the error itself. */
  #failed(thrown: unknown, images: number, attempts: number, waitedMs: number): OutsideAnswer {
    this.#availability.succeeded();
    if (images > 1 || codeOf(thrown) !== 'REMOTE_REFUSED') throw thrown;
    const refused = { code: 'REMOTE_REFUSED', message: messageOf(thrown), attempts } as const;
    return {
      scores: new Float32Array(this.shape.labels.length),
      refused: new Map([[0, refused]]),
      waitedMs,
    };
  }

  async #call(images: readonly OutsideImage[]): Promise<Float32Array<ArrayBuffer>> {
    const classes = this.shape.labels.length;
    const pixels = images.map((image) => image.pixels.slice());
    const rows: unknown = await this.#inTime(this.classifyImages(pixels, contextOf(images)));
    if (!Array.isArray(rows) || rows.length !== images.length)
      throw new TypeError(`it returned ${describe(rows)} for ${images.length} images`);
    const probabilities = new Float32Array(images.length * classes);
    for (const [i, row] of (rows as readonly unknown[]).entries())
      probabilities.set(toProbabilities(row, i, classes), i * classes);
    return probabilities;
  }

  async #inTime<T>(work: T | Promise<T>): Promise<T> {
    const { taskTimeoutMs } = this.options;
    const late = (): StreamInferError =>
      new StreamInferError('WORKER_TIMEOUT', `The function took longer than ${taskTimeoutMs} ms.`);
    return await withTimeout(Promise.resolve(work), taskTimeoutMs, late);
  }
}

/** Errors that say by themselves what happened. */
const PASSED_ON: ReadonlySet<ErrorCode> = new Set(['WORKER_TIMEOUT', 'MODEL_UNAVAILABLE', 'NOT_READY']);
const NONE_REFUSED: OutsideAnswer['refused'] = new Map();

/** Undefined for an error that waiting does not fix. */
function toFailure(thrown: unknown): CallFailure | undefined {
  const error = thrown as { retryable?: unknown; retryAfterMs?: unknown } | null | undefined;
  if (typeof error !== 'object' || error === null || error.retryable !== true) return undefined;
  const { retryAfterMs } = error;
  return {
    reason: `the classify function: ${messageOf(thrown)}`,
    ...(typeof retryAfterMs === 'number' && retryAfterMs >= 0 && { retryAfterMs }),
  };
}

function codeOf(thrown: unknown): unknown {
  return typeof thrown === 'object' && thrown !== null && 'code' in thrown ? thrown.code : undefined;
}

function contextOf(images: readonly OutsideImage[]): ClassifyContext {
  let originals: readonly SentImage[] | undefined;
  return {
    get originals() {
      return (originals ??= images.map((image) => image.sent()));
    },
  };
}

function imagesIn(pixels: Uint8Array, n: number, shape: ModelShape): OutsideImage[] {
  const size = bytesPerImage(shape);
  return Array.from({ length: n }, (_, i) => rawImage(pixels.subarray(i * size, (i + 1) * size)));
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
