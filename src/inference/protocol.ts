import type { PixelSums } from '../core/baseline';
import type { ErrorCode, RejectionCode } from '../core/errors';
import type { InvertMode } from '../core/image';
import type { PackedBatch, PredictionColumns } from '../core/ports';
import type { Precision } from '../core/precision';
import type { RuntimeName } from '../core/runtime-name';
import type { ModelFiles } from '../models/files';

/**
 * What the main thread and the workers say to each other. Plain data only: it is cloned on the way. Errors travel as
 * results, because a code on an error that is thrown in a worker is lost.
 */

/** Given to every worker when it starts, and to each replacement: a lost model folder cannot hurt a running pool. */
export interface WorkerSettings {
  readonly files: ModelFiles;
  readonly runtime: RuntimeName;
  /** `auto`: the first worker measures and chooses for all. */
  readonly precision: Precision | 'auto';
  readonly maxBatch: number;
  readonly invert: InvertMode;
  /** The memory of the pool's `RunGate`. */
  readonly gate: SharedArrayBuffer;
  /** The memory of the pool's `SharedChoice`. */
  readonly choice: SharedArrayBuffer;
}

/** `hello` answers with `ready` when the worker is loaded, checked and warm. */
export type WorkerTask = { readonly kind: 'hello' } | BatchTask | DeriveTask;

export interface BatchTask {
  readonly kind: 'batch';
  readonly batch: PackedBatch;
  /** What the clock of the batch's columns began at: see `clockStart`. */
  readonly clockStart: number;
}

/** The images that go with an event: see `deriveImages`. */
export interface DeriveTask {
  readonly kind: 'derive';
  /** 784. */
  readonly pixels: Uint8Array;
  readonly label: number;
}

export interface ReadyReply {
  readonly kind: 'ready';
  readonly precision: Precision;
  /** Why it is this one, from the worker that chose. */
  readonly reason?: string | undefined;
}

/** PNG files. */
export interface DerivedReply {
  readonly kind: 'derived';
  readonly enlarged: Uint8Array;
  readonly occlusion: Uint8Array;
}

export type WorkerReply =
  | ReadyReply
  | BatchReply
  | DerivedReply
  /** This worker never came up, and says so to every task. */
  | { readonly kind: 'unusable'; readonly code: ErrorCode; readonly message: string }
  /** The model threw at this batch or image. */
  | { readonly kind: 'threw'; readonly message: string };

/** A batch's results in columns. */
export interface BatchReply {
  readonly kind: 'batch';
  /** size × classes. */
  readonly probabilities: Float32Array<ArrayBuffer>;
  readonly refused: readonly RefusedItem[];
  /** What was found in the items that are not raw; their pixels lie one after the other in `decodedPixels`. */
  readonly decoded: readonly DecodedItem[];
  /** decoded.length × height × width. */
  readonly decodedPixels: Uint8Array<ArrayBuffer>;
  /** ms. */
  readonly inferenceMs: number;
  /** Over a sample of the images that were predicted. */
  readonly pixelSums: PixelSums;
  /** Of a batch with columns. */
  readonly predictions?: PredictionColumns;
}

export interface RefusedItem {
  readonly index: number;
  readonly code: RejectionCode;
  readonly message: string;
}

export interface DecodedItem {
  readonly index: number;
  readonly id?: string;
  readonly label?: number;
}
