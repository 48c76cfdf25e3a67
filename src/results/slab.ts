/** Bytes that are written round and round in one block: each write takes the place of the oldest. */
export class Slab {
  readonly #bytes: Buffer;
  /** Of the endless stream that the block holds the end of. */
  #written = 0;

  constructor(size: number) {
    this.#bytes = Buffer.alloc(size);
  }

  /** What was written before it is gone. */
  get oldest(): number {
    return this.#written - this.#bytes.length;
  }

  /** Returns where it is; undefined for what is larger than the whole block, and is not written. */
  write(bytes: Buffer): number | undefined {
    const size = this.#bytes.length;
    if (bytes.length > size) return undefined;
    const at = this.#written % size;
    // Never over the edge: what is read is one piece.
    if (at + bytes.length > size) this.#written += size - at;
    const start = this.#written;
    this.#bytes.set(bytes, start % size);
    this.#written += bytes.length;
    return start;
  }

  /** A view, of what was written in one go; it is valid until the next write. */
  read(start: number, end: number): Buffer {
    const at = start % this.#bytes.length;
    return this.#bytes.subarray(at, at + end - start);
  }
}
