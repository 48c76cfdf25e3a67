import type { TallyData } from '../tally';
import type { PredictionConditions, PredictionFilter } from '../view';
import type { Arrivals } from './arrivals';
import type { Chunk } from './chunk';
import type { EventRequest } from './event-request';
import type { LabelRequest } from './label-request';

/** Predictions to keep; older ones are deleted. */
export interface RetentionLimits {
  readonly rows: number;
  readonly days: number;
}

/** Start parameters of the store's thread. */
export interface StoreSettings {
  /** Path of a SQLite file, or URL of a PostgreSQL database. */
  readonly path: string;
  readonly retain: RetentionLimits;
  /** Random name of the process, for a shared store. */
  readonly writer: string;
  /** The process only reads a shared store. */
  readonly readOnly?: boolean;
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
  /** A chunk was written, and the thread is ready for the next one. Each `write` gets this, `lost` or `unwritten`. */
  | { readonly kind: 'written'; readonly rows: number }
  /** `tally`: the counts of the lost chunk. */
  | { readonly kind: 'lost'; readonly rows: number; readonly tally: TallyData }
  /** A chunk is returned, because it may not be stored. */
  | { readonly kind: 'unwritten'; readonly chunk: Chunk }
  /** An invalid row was skipped in an answer. */
  | { readonly kind: 'skipped'; readonly table: string; readonly problem: string }
  | { readonly kind: 'failed'; readonly failure: StoreFailure }
  | { readonly kind: 'answer'; readonly number: number; readonly value: unknown }
  | { readonly kind: 'no answer'; readonly number: number; readonly reason: string };

/** Reason why the store cannot be used. The thread ends after it; a new one may be started. */
export interface StoreFailure {
  readonly reason: string;
  /** `opening` ends when the store is open, `using` only after a successful write. */
  readonly while: 'opening' | 'using';
  /** Retrying does not help. */
  readonly forGood: boolean;
  /** The configuration is wrong, so that the process should not start. */
  readonly misconfigured: boolean;
  /** Of the log line. `info`: no fault, such as a second `run` next to the first. */
  readonly level: 'info' | 'warn' | 'error';
  /** The next thread moves the file aside. */
  readonly corrupt: boolean;
}
