import type { PredictionFilter } from '../view';
import type { Chunk } from './chunk';
import type { RetentionLimits } from './retention';

/** What the store's thread is started with. */
export interface StoreSettings {
  readonly path: string;
  readonly retain: RetentionLimits;
}

/** A question, named like the method of the view that asks it. */
export type Question =
  | { readonly kind: 'list'; readonly filter: PredictionFilter }
  | { readonly kind: 'get'; readonly id: string }
  | { readonly kind: 'pixels'; readonly id: string }
  | { readonly kind: 'confusion' }
  | { readonly kind: 'history'; readonly minutes: number };

export type ToStore =
  | { readonly kind: 'open' }
  | { readonly kind: 'write'; readonly chunk: Chunk }
  | { readonly kind: 'ask'; readonly number: number; readonly question: Question }
  | { readonly kind: 'close' };

export type FromStore =
  /** `movedTo`: where a corrupt file is now. */
  | { readonly kind: 'opened'; readonly movedTo: string | null }
  /** After `open`. `forGood`: trying again does not help. */
  | { readonly kind: 'unusable'; readonly reason: string; readonly forGood: boolean }
  /** A chunk is in the database, and the thread takes the next one; or it is lost. One of both follows each `write`. */
  | { readonly kind: 'written'; readonly rows: number }
  | { readonly kind: 'lost'; readonly rows: number }
  /** The database is closed until it is opened again. */
  | { readonly kind: 'failed'; readonly reason: string }
  | { readonly kind: 'answer'; readonly number: number; readonly value: unknown }
  | { readonly kind: 'no answer'; readonly number: number; readonly reason: string };
