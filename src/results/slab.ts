/** A ring buffer of bytes: each write overwrites the oldest ones. */
export class Slab {
  readonly #bytes: Buffer;
  /** Bytes written so far; the buffer holds the latest of them. */
  #written = 0;

  constructor(size: number) {
    this.#bytes = Buffer.alloc(size);
  }

  /** Position of the oldest byte that is not overwritten. */
  get oldest(): number {
    return this.#written - this.#bytes.length;
  }

  /** Returns the position of `bytes`; undefined if they are larger than the buffer and were not written. */
  write(bytes: Uint8Array): number | undefined {
    const size = this.#bytes.length;
    if (bytes.length > size) return undefined;
    const at = this.#written % size;
    // Never across the end, so that each read is one piece.
    if (at + bytes.length > size) this.#written += size - at;
    const start = this.#written;
    this.#bytes.set(bytes, start % size);
    this.#written += bytes.length;
    return start;
  }

  /** Position of the `count`-th of equally long pieces that were written one after the other from `start` on. */
  positionOf(start: number, length: number, count: number): number {
    const size = this.#bytes.length;
    const perRound = Math.floor(size / length);
    const before = Math.floor((size - (start % size)) / length);
    if (count < before) return start + count * length;
    const rounds = Math.floor((count - before) / perRound);
    const nextRound = (Math.floor(start / size) + 1 + rounds) * size;
    return nextRound + ((count - before) % perRound) * length;
  }

  /** A view of bytes from one write; it is valid until the next write. */
  read(start: number, end: number): Buffer {
    const at = start % this.#bytes.length;
    return this.#bytes.subarray(at, at + end - start);
  }
}
