import type { TallyData } from '../tally';
import type { PredictionFilter } from '../view';
import type { Arrivals } from './arrivals';
import type { Chunk } from './chunk';
import type { EventRequest } from './event-request';
import type { RetentionLimits } from './retention';

/** What the store's thread is started with. */
export interface StoreSettings {
  readonly path: string;
  readonly retain: RetentionLimits;
  /** The file was found to be corrupt while it was in use. */
  readonly corrupt: boolean;
  /** Nothing else of weight runs in this process: the thread need not stand back. */
  readonly alone?: boolean;
}

/** A question, named like the method of the view that asks it. */
export type Question =
  | { readonly kind: 'list'; readonly filter: PredictionFilter }
  | { readonly kind: 'get'; readonly id: string }
  | { readonly kind: 'pixels'; readonly id: string }
  | { readonly kind: 'confusion' }
  | { readonly kind: 'history'; readonly minutes: number }
  | { readonly kind: 'events'; readonly request: EventRequest }
  | { readonly kind: 'put'; readonly arrivals: Arrivals }
  | { readonly kind: 'positions'; readonly topic: string }
  | { readonly kind: 'name' };

export type ToStore =
  | { readonly kind: 'write'; readonly chunk: Chunk }
  | { readonly kind: 'ask'; readonly number: number; readonly question: Question }
  | { readonly kind: 'close' };

export type FromStore =
  /** `movedTo`: where a corrupt file is now. */
  | { readonly kind: 'opened'; readonly movedTo: string | null }
  /** A chunk is in the database, and the thread takes the next one. This or `lost` follows each `write`. */
  | { readonly kind: 'written'; readonly rows: number }
  /** `tally`: what the chunk would have added to the counts. */
  | { readonly kind: 'lost'; readonly rows: number; readonly tally: TallyData }
  /** A row without the expected shape was left out of an answer. */
  | { readonly kind: 'skipped'; readonly table: string; readonly problem: string }
  | { readonly kind: 'failed'; readonly failure: StoreFailure }
  | { readonly kind: 'answer'; readonly number: number; readonly value: unknown }
  | { readonly kind: 'no answer'; readonly number: number; readonly reason: string };

/** Why the store cannot be used. The thread ends with it; another one may be started. */
export interface StoreFailure {
  readonly reason: string;
  /** `opening` is over once the file is open, `using` only when something was written again. */
  readonly while: 'opening' | 'using';
  /** Trying again does not help. */
  readonly forGood: boolean;
  /** The next thread is to move the file aside. */
  readonly corrupt: boolean;
}
