import type { Config } from '../config/schema';
import type { ErrorCode } from '../core/errors';
import type { BatchResult, PackedBatch } from '../core/classification';
import type { PoolOptions } from '../inference/pool';

/** Messages between this process and the quarantine's child process, sent by structured clone. */
export type ToChild =
  | { readonly kind: 'settings'; readonly settings: QuarantineSettings }
  | { readonly kind: 'image'; readonly image: PackedBatch };

/** `ready` or `unusable` answers `settings`; `result` or `failed` answers `image`. */
export type FromChild =
  | { readonly kind: 'ready' }
  | { readonly kind: 'unusable'; readonly code: ErrorCode; readonly message: string }
  | { readonly kind: 'result'; readonly result: BatchResult }
  | { readonly kind: 'failed'; readonly message: string };

export interface QuarantineSettings {
  /** Model, runtime and limits of the main pool. */
  readonly pool: Omit<PoolOptions, 'log' | 'workers' | 'maxBatch' | 'workerFile'>;
  readonly log: Config['log'];
}
