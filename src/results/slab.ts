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
  write(bytes: Buffer): number | undefined {
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

  /** A view of bytes from one write; it is valid until the next write. */
  read(start: number, end: number): Buffer {
    const at = start % this.#bytes.length;
    return this.#bytes.subarray(at, at + end - start);
  }
}
