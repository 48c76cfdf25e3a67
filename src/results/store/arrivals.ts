import type { Chunk } from './chunk';

/** The next message to read in a partition. */
export interface Position {
  readonly topic: string;
  readonly partition: number;
  readonly next: number;
}

/** Messages that were read together from topics, and the read positions after them. */
export interface Arrivals {
  readonly chunk: Chunk;
  readonly letters: readonly ArrivedDeadLetter[];
  /** Empty if the broker stores the read positions. */
  readonly positions: readonly Position[];
}

export interface ArrivedDeadLetter {
  /** Source id. */
  readonly id: string;
  /** When it failed, ms since 1970. */
  readonly at: number;
}
