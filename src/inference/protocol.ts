import type { PixelSums } from '../core/baseline';
import type { ErrorCode, RejectionCode } from '../core/errors';
import type { InvertMode } from '../core/image';
import type { ExplainedImage } from '../core/occlusion';
import type { OriginalImage } from '../core/picture';
import type { PackedBatch, PredictionColumns } from '../core/classification';
import type { Precision } from '../core/precision';
import type { RuntimeName } from '../core/runtime-name';
import type { ModelFiles } from '../models/files';

/**
 * Messages between the main thread and the workers. Plain data only, because it is cloned. Errors are sent as results,
 * because the code of an error thrown in a worker is lost.
 */

/** Sent to every worker and replacement at its start, so a running pool does not depend on the model's folder. */
export interface WorkerSettings {
  readonly files: ModelFiles;
  readonly runtime: RuntimeName;
  /** `auto`: the first worker measures and chooses for all. */
  readonly precision: Precision | 'auto';
  readonly maxBatch: number;
  /** The model's own if absent. */
  readonly invert: InvertMode | undefined;
  /** The memory of the pool's `RunGate`. */
  readonly gate: SharedArrayBuffer;
  /** The memory of the process's `SharedLock`. */
  readonly lock: SharedArrayBuffer;
  /** The memory of the pool's `SharedChoice`. */
  readonly choice: SharedArrayBuffer;
}

/** The reply to `hello` is `ready`, when the worker is loaded, checked and warm. */
/** `leave` has no reply: the thread ends. */
export type WorkerTask =
  { readonly kind: 'hello' } | { readonly kind: 'leave' } | BatchTask | NumbersTask | DeriveTask;

export interface BatchTask {
  readonly kind: 'batch';
  readonly batch: PackedBatch;
  /** Start of the clock of the batch's columns: see `CLOCK_START`. */
  readonly clockStart: number;
}

/** Images as numbers that the network is fed. */
export interface NumbersTask {
  readonly kind: 'numbers';
  readonly numbers: Float32Array;
  readonly images: number;
}

/** Images derived from one: see `deriveImages`. */
export interface DeriveTask {
  readonly kind: 'derive';
  /** One image of the model's size. */
  readonly pixels: Uint8Array;
  readonly label: number;
}

export interface ReadyReply {
  readonly kind: 'ready';
  readonly precision: Precision;
  /** Reason for the precision, from the worker that chose it. */
  readonly reason?: string | undefined;
}

export interface DerivedReply {
  readonly kind: 'derived';
  readonly explained: ExplainedImage;
}

/** n × classes. */
export interface ScoresReply {
  readonly kind: 'scores';
  readonly scores: Float32Array<ArrayBuffer>;
}

export type WorkerReply =
  | ReadyReply
  | BatchReply
  | DerivedReply
  | ScoresReply
  /** The worker failed to start; its reply to every task. */
  | { readonly kind: 'unusable'; readonly code: ErrorCode; readonly message: string }
  /** The model threw an error for this batch or image. */
  | {
      readonly kind: 'threw';
      readonly code: 'WORKER_CRASH' | 'OUTPUT_INVALID';
      readonly message: string;
    };

/** The results of a batch in columns. */
export interface BatchReply {
  readonly kind: 'batch';
  /** size × classes. */
  readonly probabilities: Float32Array<ArrayBuffer>;
  readonly refused: readonly RefusedItem[];
  /** Contents of the items that are not raw; their pixels follow each other in `decodedPixels`. */
  readonly decoded: readonly DecodedItem[];
  /** decoded.length × height × width × channels. */
  readonly decodedPixels: Uint8Array<ArrayBuffer>;
  /** Decoding and inference, ms. */
  readonly inferenceMs: number;
  /** Decoding alone, ms. */
  readonly decodeMs?: number;
  /** Over a sample of the predicted images. */
  readonly pixelSums: PixelSums;
  /** Only for a batch with columns. */
  readonly predictions?: PredictionColumns;
}

export interface RefusedItem {
  readonly index: number;
  readonly code: RejectionCode;
  readonly message: string;
  /** Present where the model itself refused the image. */
  readonly attempts?: number;
}

export interface DecodedItem {
  readonly index: number;
  readonly id?: string;
  readonly label?: number;
  readonly thumbnail?: Uint8Array;
  readonly original?: OriginalImage;
}
