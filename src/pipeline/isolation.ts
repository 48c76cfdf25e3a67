import type { StreamInferError } from '../core/errors';
import { isStreamInferError } from '../core/errors';
import { cutColumns, sourceIdAt } from '../core/columns';
import type {
  BatchResult,
  Classifier,
  Decoded,
  PackedBatch,
  PredictionColumns,
} from '../core/classification';
import type { Log } from '../core/ports';
import { FASHION_MNIST } from '../core/model-shape';
import type { PictureSize } from '../core/picture';
import type { ModelIdentity, Rejection } from '../core/prediction';
import { assertPredicted } from './outcomes';

export interface IsolationOptions {
  /** Attempts with a single image before it is given up. */
  readonly attempts: number;
  readonly log: Log;
}

type Loss = StreamInferError & { readonly code: 'WORKER_CRASH' | 'WORKER_TIMEOUT' };

/**
 * Finds the image that crashes a worker. When `classify` rejects with WORKER_CRASH or WORKER_TIMEOUT, the batch's
 * images are retried one by one, each up to `attempts` times. The culprit becomes a failure with that code; the
 * others get their results. Other rejections are passed on.
 *
 * The classifier must not consume the batch's buffers, from which the single images are cut. It must not change its
 * model between two calls, or the results would come from several models.
 */
export function isolateFailures(classifier: Classifier, options: IsolationOptions): Classifier {
  return {
    model: classifier.model,
    ...(classifier.shape && { shape: classifier.shape }),
    parallelism: classifier.parallelism,
    async classify(batch) {
      try {
        return await classifier.classify(batch);
      } catch (error) {
        if (!isLoss(error)) throw error;
        options.log.warn(
          { code: error.code, error: error.message, size: batch.size },
          'lost a batch; retrying its images one by one',
        );
        return await classifySingly(classifier, batch, options);
      }
    },
  };
}

async function classifySingly(
  classifier: Classifier,
  batch: PackedBatch,
  options: IsolationOptions,
): Promise<BatchResult> {
  const merged = new Merging(batch.size, (classifier.shape ?? FASHION_MNIST).labels.length);
  for (let i = 0; i < batch.size; i++) {
    const result = await classifyAlone(classifier, cutOut(batch, i), options);
    if ('code' in result) merged.addFailure(i, result);
    else {
      // Merged with others, a missing prediction would look like one of the first class.
      if (batch.columns !== undefined) assertPredicted(1, result);
      merged.add(i, result);
    }
  }
  return merged.result();
}

/** Result of one image, or the reason for giving it up. */
async function classifyAlone(
  classifier: Classifier,
  single: PackedBatch,
  { attempts, log }: IsolationOptions,
): Promise<BatchResult | Rejection> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await classifier.classify(single);
    } catch (error) {
      if (!isLoss(error)) throw error;
      if (attempt < attempts) continue;
      log.error(
        { ...sourceOf(single), code: error.code, error: error.message, attempts, bytes: single.bytes.length },
        'an image failed on every attempt; rejecting it',
      );
      return { code: error.code, message: error.message, stage: 'inference', attempts };
    }
  }
}

/** For the log. */
function sourceOf({ columns }: PackedBatch): { readonly sourceId?: string } {
  return columns === undefined ? {} : { sourceId: sourceIdAt(columns, 0) };
}

function cutOut(batch: PackedBatch, index: number): PackedBatch {
  const bytes = batch.bytes.slice(batch.offsets[index], batch.offsets[index + 1]);
  return {
    size: 1,
    bytes,
    offsets: new Uint32Array([0, bytes.length]),
    formats: batch.formats.slice(index, index + 1),
    columns: batch.columns && cutColumns(batch.columns, index),
    ...(batch.urgent && { urgent: true }),
    ...(batch.clockStart !== undefined && { clockStart: batch.clockStart }),
  };
}

/** Merges the results of single images into the columns of their batch. */
class Merging {
  readonly probabilities: Float32Array;
  readonly failures = new Map<number, Rejection>();
  readonly decoded = new Map<number, Decoded>();
  #inferenceMs = 0;
  #model: ModelIdentity | undefined;
  #imageSize: PictureSize | undefined;
  readonly #written: (PredictionColumns | undefined)[];

  constructor(
    size: number,
    private readonly classes: number,
  ) {
    this.probabilities = new Float32Array(size * classes);
    this.#written = new Array<undefined>(size).fill(undefined);
  }

  /** Plain data: it may be sent to another process. */
  result(): BatchResult {
    const { probabilities, failures, decoded } = this;
    const isWritten = this.#written.some((one) => one !== undefined);
    return {
      probabilities,
      failures,
      decoded,
      inferenceMs: this.#inferenceMs,
      ...(this.#model && { model: this.#model }),
      ...(this.#imageSize && { imageSize: this.#imageSize }),
      predictions: isWritten ? joined(this.#written) : undefined,
    };
  }

  addFailure(index: number, rejection: Rejection): void {
    this.failures.set(index, rejection);
  }

  add(index: number, single: BatchResult): void {
    this.probabilities.set(single.probabilities, index * this.classes);
    this.#inferenceMs += single.inferenceMs;
    this.#model = single.model ?? this.#model;
    this.#imageSize = single.imageSize ?? this.#imageSize;
    const failure = single.failures.get(0);
    if (failure !== undefined) this.failures.set(index, failure);
    const decoded = single.decoded.get(0);
    if (decoded !== undefined) this.decoded.set(index, decoded);
    this.#written[index] = single.predictions;
  }
}

/** @param singles each of one image; undefined for an image without a prediction */
function joined(singles: readonly (PredictionColumns | undefined)[]): PredictionColumns {
  const lengths = singles.map((one) => one?.json.length ?? 0);
  const json = new Uint8Array(lengths.reduce((sum, length) => sum + length, 0));
  const ends = new Uint32Array(singles.length);
  for (const [i, one] of singles.entries()) {
    const start = i === 0 ? 0 : (ends[i - 1] as number);
    if (one !== undefined) json.set(one.json, start);
    ends[i] = start + (lengths[i] as number);
  }
  return {
    json,
    ends,
    labels: Int32Array.from(singles, (one) => one?.labels[0] ?? 0),
    confidences: Float64Array.from(singles, (one) => one?.confidences[0] ?? 0),
    truths: Int32Array.from(singles, (one) => one?.truths[0] ?? -1),
  };
}

function isLoss(error: unknown): error is Loss {
  return isStreamInferError(error) && (error.code === 'WORKER_CRASH' || error.code === 'WORKER_TIMEOUT');
}
