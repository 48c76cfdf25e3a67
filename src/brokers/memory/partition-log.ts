import type { Header } from '../../core/message';

/** A message in a partition. Its buffers are never changed. */
export interface StoredMessage {
  readonly key: Buffer | null;
  readonly value: Buffer | null;
  readonly headers: readonly Header[];
  /** ms since 1970. */
  readonly timestamp: number;
  /** Total size of value, key and headers. */
  readonly bytes: number;
}

/** The last `capacity` messages of one partition, as a ring buffer: offset `n` is at index `n % capacity`. */
export class PartitionLog {
  readonly #ring: StoredMessage[] = [];
  #end = 0;

  constructor(readonly capacity: number) {}

  /** The oldest available offset. */
  get start(): number {
    return this.#end - this.#ring.length;
  }

  /** The offset of the next message. */
  get end(): number {
    return this.#end;
  }

  /** The next append drops the oldest message. */
  get full(): boolean {
    return this.#ring.length === this.capacity;
  }

  /** The first offset of that time or later, ms since 1970; the end if there is none. */
  offsetAt(ms: number): number {
    let offset = this.start;
    while (offset < this.#end && (this.at(offset)?.timestamp ?? 0) < ms) offset++;
    return offset;
  }

  append(message: StoredMessage): void {
    this.#ring[this.#end % this.capacity] = message;
    this.#end++;
  }

  /** undefined if it was dropped or not yet appended. */
  at(offset: number): StoredMessage | undefined {
    return offset >= this.start && offset < this.#end ? this.#ring[offset % this.capacity] : undefined;
  }
}
