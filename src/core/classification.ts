import type { PixelSums } from './baseline';
import type { BatchColumns } from './columns';
import type { ImageFormat, InvertMode } from './image';
import type { Delivery } from './message';
import type { ModelShape } from './model-shape';
import type { OriginalImage, PictureSize } from './picture';
import type { ModelIdentity, Rejection } from './prediction';

/**
 * A batch for one worker, in columns: image `i` is `bytes[offsets[i] … offsets[i + 1]]` in `formats[i]`. The buffers
 * are copies of the messages' contents, and remain the caller's.
 */
export interface PackedBatch {
  readonly size: number;
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** size + 1 entries. */
  readonly offsets: Uint32Array<ArrayBuffer>;
  /** Format of each image: see `formatCode`. */
  readonly formats: Uint8Array<ArrayBuffer>;
  /** Input for writing the predictions; absent where only the probabilities are needed. */
  readonly columns?: BatchColumns | undefined;
  /** A caller waits for the answer: it precedes all other batches that wait for a worker. */
  readonly urgent?: boolean;
  /** For a batch from another process: the time 0 of its columns' clock, ms on the clock of the machine. */
  readonly clockStart?: number;
}

/** The predictions of one batch, in columns. The entries of a refused image have no meaning. */
export interface PredictionColumns {
  /**
   * JSON of `schema/prediction.v1.json` or `v2`, one prediction after the other, as published; nothing for a refused image.
   */
  readonly json: Uint8Array<ArrayBuffer>;
  /** End of each prediction in `json`. */
  readonly ends: Uint32Array<ArrayBuffer>;
  readonly labels: Int32Array<ArrayBuffer>;
  /** Rounded to six digits, 0–1. */
  readonly confidences: Float64Array<ArrayBuffer>;
  /** −1 where the truth is unknown. */
  readonly truths: Int32Array<ArrayBuffer>;
}

/** Content of an encoded image or an envelope, decoded by a worker. */
export interface Decoded {
  /** height × width × channels uint8, row-major. */
  readonly pixels: Uint8Array;
  /** See `thumbnailOf`; absent where `pixels` is small enough. */
  readonly thumbnail?: Uint8Array;
  readonly original?: OriginalImage;
  /** From a JSON or CloudEvents envelope. */
  readonly id?: string;
  readonly label?: number;
}

/** One result for each item, in columns. An item with a failure has no valid probabilities. */
export interface BatchResult {
  /** size × classes, row-major. */
  readonly probabilities: Float32Array;
  readonly failures: ReadonlyMap<number, Rejection>;
  /** For the items that were not raw pixels. */
  readonly decoded: ReadonlyMap<number, Decoded>;
  /** Decoding and inference in the worker, ms. */
  readonly inferenceMs: number;
  /** The share of `inferenceMs` for decoding, ms; 0 for raw pixels. Absent where nothing measures it. */
  readonly decodeMs?: number | undefined;
  /** The model of this result, where it may change from batch to batch; the classifier's own model if absent. */
  readonly model?: ModelIdentity;
  /** Of the images; Fashion-MNIST's if absent. */
  readonly imageSize?: PictureSize | undefined;
  /** Over a sample of the predicted images; absent where nothing was summed. */
  readonly pixelSums?: PixelSums | undefined;
  /** Present where the batch had `columns` and at least one image without a failure. */
  readonly predictions?: PredictionColumns | undefined;
}

/** Classifies batches. */
export interface Classifier {
  /** The model of the next batch. */
  readonly model: ModelIdentity;
  /** Input size and classes; Fashion-MNIST's if absent. */
  readonly shape?: ModelShape;
  /** How many batches it can classify concurrently. */
  readonly parallelism: number;
  /** Why it takes no images at present, as a sentence; null or absent while it does. Cheap. */
  readonly unavailable?: string | null;
  /** Since when a server has not answered, as a sentence; null or absent while it does. Images are still taken. */
  readonly silence?: string | null;
  /**
   * A bad image is a failure in the result, never a rejection. Rejects with WORKER_CRASH or WORKER_TIMEOUT when the
   * worker was lost with the whole batch. While a remote model is unavailable a batch waits; an urgent one rejects with
   * MODEL_UNAVAILABLE.
   */
  classify(batch: PackedBatch): Promise<BatchResult>;
}

/**
 * Durable record of the images that are with workers: the only trace of an image that crashes the whole process. Without
 * it such an image would be redelivered after each restart.
 */
export interface CrashJournal {
  /** These images are about to go to a worker. Call the returned function when they are back. Never throws. */
  begin(sourceIds: readonly string[]): () => void;
  /** True if the process crashed more than once while a worker had this image. */
  isSuspected(delivery: Pick<Delivery, 'sourceId'>): boolean;
  /**
   * Classifies a suspected image alone in a child process. If that crashes, the result has a failure PROCESS_CRASH.
   * Rejects with NOT_READY (closed) or RUNTIME_UNAVAILABLE (no child process).
   */
  classifyAlone(message: Pick<Delivery, 'sourceId' | 'headers'>, image: PackedBatch): Promise<BatchResult>;
}

/** An image on its way to the classifier. */
export interface WorkItem {
  readonly bytes: Uint8Array;
  readonly format: ImageFormat;
  /** Overrides the pool's setting. */
  readonly invert?: InvertMode | undefined;
}
