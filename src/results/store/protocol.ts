import type { TallyData } from '../tally';
import type { PredictionConditions, PredictionFilter } from '../view';
import type { Arrivals } from './arrivals';
import type { Chunk } from './chunk';
import type { EventRequest } from './event-request';
import type { LabelRequest } from './label-request';
import type { RetentionLimits } from './retention';

/** Start parameters of the store's thread. */
export interface StoreSettings {
  readonly path: string;
  readonly retain: RetentionLimits;
  /** The file turned out to be corrupt while it was in use. */
  readonly corrupt: boolean;
  /** The process has no other heavy work, so the thread does not need to yield. */
  readonly alone?: boolean;
}

/** A question, named like its method of the view. */
export type Question =
  | { readonly kind: 'list'; readonly filter: PredictionFilter }
  | { readonly kind: 'total'; readonly conditions: PredictionConditions }
  | { readonly kind: 'get'; readonly id: string }
  | { readonly kind: 'image'; readonly id: string }
  | { readonly kind: 'counts' }
  | { readonly kind: 'class names' }
  | { readonly kind: 'history'; readonly minutes: number }
  | { readonly kind: 'events'; readonly request: EventRequest }
  | { readonly kind: 'labels'; readonly request: LabelRequest }
  | { readonly kind: 'put'; readonly arrivals: Arrivals }
  | { readonly kind: 'positions'; readonly topic: string }
  | { readonly kind: 'name' };

export type ToStore =
  | { readonly kind: 'write'; readonly chunk: Chunk }
  | { readonly kind: 'ask'; readonly number: number; readonly question: Question }
  | { readonly kind: 'close' };

export type FromStore =
  /** `movedTo`: new path of a corrupt file. */
  | { readonly kind: 'opened'; readonly movedTo: string | null }
  /** A chunk was written, and the thread is ready for the next one. Each `write` gets this or `lost`. */
  | { readonly kind: 'written'; readonly rows: number }
  /** `tally`: the counts of the lost chunk. */
  | { readonly kind: 'lost'; readonly rows: number; readonly tally: TallyData }
  /** An invalid row was skipped in an answer. */
  | { readonly kind: 'skipped'; readonly table: string; readonly problem: string }
  | { readonly kind: 'failed'; readonly failure: StoreFailure }
  | { readonly kind: 'answer'; readonly number: number; readonly value: unknown }
  | { readonly kind: 'no answer'; readonly number: number; readonly reason: string };

/** Reason why the store cannot be used. The thread ends after it; a new one may be started. */
export interface StoreFailure {
  readonly reason: string;
  /** `opening` ends when the file is open, `using` only after a successful write. */
  readonly while: 'opening' | 'using';
  /** Retrying does not help. */
  readonly forGood: boolean;
  /** Another process uses the file, such as a second `run` next to the first. */
  readonly inUse: boolean;
  /** The next thread moves the file aside. */
  readonly corrupt: boolean;
}
