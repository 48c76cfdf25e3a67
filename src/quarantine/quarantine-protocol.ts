import type { Config } from '../config/schema';
import type { ErrorCode } from '../core/errors';
import type { BatchResult, PackedBatch } from '../core/ports';
import type { PoolOptions } from '../inference/pool';

/** What this process and the quarantine's child process say to each other; cloned on the way, typed arrays and maps too. */
export type ToChild =
  | { readonly kind: 'settings'; readonly settings: QuarantineSettings }
  | { readonly kind: 'image'; readonly image: PackedBatch };

/** `ready` or `unusable` answers the settings, `result` or `failed` an image. */
export type FromChild =
  | { readonly kind: 'ready' }
  | { readonly kind: 'unusable'; readonly code: ErrorCode; readonly message: string }
  | { readonly kind: 'result'; readonly result: BatchResult }
  | { readonly kind: 'failed'; readonly message: string };

export interface QuarantineSettings {
  /** The same model, runtime and limits as those of the pool that the image is kept from. */
  readonly pool: Omit<PoolOptions, 'log' | 'workers' | 'maxBatch' | 'workerFile'>;
  readonly log: Config['log'];
}
