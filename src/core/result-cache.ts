import type { BatchResult, WorkItem } from './classification';
import type { BatchColumns } from './columns';

/** Counts since the start, and present contents. */
export interface ResultCacheState {
  /** Images that were answered from memory. */
  readonly hits: number;
  readonly misses: number;
  /** Images with a result in memory. */
  readonly entries: number;
  readonly bytes: number;
}

/** A batch whose images are divided by whether their results are known. */
export interface DividedBatch {
  /** Positions of the images with a known result. */
  readonly taken: readonly number[];
  /** Positions of the others. */
  readonly rest: readonly number[];
  /** The result of the known images, with their predictions. `inferenceMs` is 0. */
  resultOf(columns: BatchColumns): BatchResult;
  /** Keeps the results of the others. Ignores those of another model than the one that was active. */
  keep(result: BatchResult): void;
}

/** Results of the active model by the content of the images. */
export interface ResultCache {
  /** Undefined if the active model cannot be cached. */
  divide(items: readonly WorkItem[]): DividedBatch | undefined;
  readonly state: ResultCacheState;
}
