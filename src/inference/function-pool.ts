import { createHash } from 'node:crypto';
import { withTimeout } from '../core/async/timeout';
import { StreamInferError, isStreamInferError, messageOf, type ErrorCode } from '../core/errors';
import type { ModelDescription } from '../core/model-description';
import { FASHION_MNIST, bytesPerImage, type ModelShape } from '../core/model-shape';
import type { ExplainedImage } from '../core/occlusion';
import { Availability, type CallFailure } from './availability';
import { deriveImages } from './derive';
import type { OutsideAnswer } from './outside-batch';
import { rawImage, sentImage, type OutsideImage, type SentImage } from './outside-image';
import { OutsidePool, type OutsideCalls } from './outside-pool';
import type { PoolOptions } from './pool';
import { PreparingThreads } from './preparing/threads';

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

type FunctionOptions = Pick<PoolOptions, 'workers' | 'invert' | 'maxBatch' | 'taskTimeoutMs' | 'log'>;

/** Wraps a function as a pool: up to `workers` batches run at a time. */
export function createFunctionPool(
  classifyImages: ClassifyFunction,
  name: string,
  options: FunctionOptions,
  shape: ModelShape = FASHION_MNIST,
): OutsidePool {
  const { workers, invert, log } = options;
  const sha256 = createHash('sha256').update(classifyImages.toString()).digest('hex');
  const availability = new Availability(log);
  return new OutsidePool({
    model: { name, version: 1, sha256, runtime: 'function', precision: 'fp32' },
    description: describeFunction(shape),
    invert,
    workers,
    calls: new FunctionCalls(classifyImages, shape, availability, options),
    availability,
    preparing: new PreparingThreads({ settings: { shape }, calls: workers, log }),
  });
}

class FunctionCalls implements OutsideCalls {
  readonly #availability: Availability;

  constructor(
    private readonly classifyImages: ClassifyFunction,
    private readonly shape: ModelShape,
    availability: Availability,
    private readonly options: Pick<FunctionOptions, 'maxBatch' | 'taskTimeoutMs'>,
  ) {
    this.#availability = availability;
  }

  async classify(images: readonly OutsideImage[], urgent: boolean): Promise<OutsideAnswer> {
    try {
      return await this.#callUntilAvailable(images, urgent);
    } catch (thrown) {
      if (isStreamInferError(thrown) && PASSED_ON.has(thrown.code)) throw thrown;
      const message = `the function failed: ${messageOf(thrown)}`;
      throw new StreamInferError('WORKER_CRASH', message, { cause: thrown });
    }
  }

  async derive(pixels: Uint8Array, label: number): Promise<ExplainedImage> {
    const { shape, options } = this;
    const predict = async (some: Uint8Array, n: number) => await this.#call(imagesIn(some, n, shape));
    return await deriveImages({ runtime: { predict }, shape }, { pixels, label }, options.maxBatch);
  }

  /** Repeats the call while the function throws retryable errors. */
  async #callUntilAvailable(images: readonly OutsideImage[], urgent: boolean): Promise<OutsideAnswer> {
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
    const rows: unknown = await this.#inTime(this.classifyImages(pixels, contextOf(images, this.shape)));
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
      new StreamInferError('WORKER_TIMEOUT', `the function took longer than ${taskTimeoutMs} ms`);
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

function contextOf(images: readonly OutsideImage[], shape: ModelShape): ClassifyContext {
  let originals: readonly SentImage[] | undefined;
  return {
    get originals() {
      return (originals ??= images.map((image) => sentImage(image, shape)));
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
