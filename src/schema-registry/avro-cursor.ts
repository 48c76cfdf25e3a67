/** Longest varint of 64 bits, bytes, and the longest one that a number holds. */
const MOST_BYTES = 10;
const EXACT_BYTES = 7;

/** Reads the bytes of one record in order. Throws RangeError at its end. */
export class AvroCursor {
  #at = 0;

  constructor(private readonly bytes: Buffer) {}

  get left(): number {
    return this.bytes.length - this.#at;
  }

  /** A view, not a copy. */
  take(count: number): Buffer {
    if (count < 0 || count > this.left)
      throw new RangeError(`${count} bytes are expected, ${this.left} are there`);
    this.#at += count;
    return this.bytes.subarray(this.#at - count, this.#at);
  }

  byte(): number {
    const byte = this.bytes[this.#at];
    if (byte === undefined) throw new RangeError('the record ends too early');
    this.#at++;
    return byte;
  }

  /** A zigzag varint; bigint where a number is not exact. */
  long(): number | bigint {
    let value = 0;
    for (let i = 0, factor = 1; i < EXACT_BYTES; i++, factor *= 128) {
      const byte = this.byte();
      value += (byte & 0x7f) * factor;
      if (byte < 0x80) return value % 2 === 0 ? value / 2 : -(value + 1) / 2;
    }
    return this.#longerThan(BigInt(value));
  }

  /** A length or a count: below 2^53. */
  count(): number {
    const value = this.long();
    if (typeof value === 'bigint') throw new RangeError(`a length is ${value}`);
    return value;
  }

  #longerThan(start: bigint): number | bigint {
    let value = start;
    for (let i = EXACT_BYTES; i < MOST_BYTES; i++) {
      const byte = this.byte();
      value |= BigInt(byte & 0x7f) << BigInt(7 * i);
      if (byte < 0x80) return toExact((value >> 1n) ^ -(value & 1n));
    }
    throw new RangeError('a number has more than 64 bits');
  }
}

function toExact(value: bigint): number | bigint {
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : value;
}
