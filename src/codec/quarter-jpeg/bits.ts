import type { HuffmanCode } from './header';

/** Thrown for data that this decoder does not understand; the complete decoder then decides about the file. */
export class Unusual extends Error {}

/** Codes of up to this length are found in one step. */
const FAST_BITS = 9;

/** Symbols by code. */
export class Codes {
  /** By the next bits: length of the code and its symbol; 0 for a longer code. */
  readonly fast = new Uint16Array(1 << FAST_BITS);
  /** By length: the first code above those of this length, and the position of its symbol minus the code. */
  readonly #limits = new Int32Array(17);
  readonly #offsets = new Int32Array(17);
  readonly #symbols: Uint8Array;

  constructor({ counts, symbols }: HuffmanCode) {
    this.#symbols = symbols;
    let [code, position] = [0, 0];
    for (let length = 1; length <= 16; length++) {
      this.#offsets[length] = position - code;
      for (let i = 0; i < counts[length - 1]!; i++, code++, position++) this.#addFast(code, length, position);
      this.#limits[length] = code;
      if (code > 1 << length) throw new Unusual('too many codes');
      code <<= 1;
    }
  }

  /** Decodes a code longer than `FAST_BITS`; `next` has the next 16 bits. */
  slow(next: number): number {
    for (let length = FAST_BITS + 1; length <= 16; length++) {
      const code = next >> (16 - length);
      if (code < this.#limits[length]!) return (length << 8) | this.#symbols[this.#offsets[length]! + code]!;
    }
    throw new Unusual('an unknown code');
  }

  #addFast(code: number, length: number, position: number): void {
    if (length > FAST_BITS) return;
    const first = code << (FAST_BITS - length);
    this.fast.fill((length << 8) | this.#symbols[position]!, first, first + (1 << (FAST_BITS - length)));
  }
}

/** Reads compressed data bit by bit. */
export class Bits {
  #held = 0;
  #count = 0;
  /** Bytes that were assumed beyond the data. */
  #beyond = 0;

  constructor(
    private readonly bytes: Buffer,
    private at: number,
  ) {}

  symbol(codes: Codes): number {
    if (this.#count < 16) this.#fill();
    const next = (this.#held >>> (this.#count - 16)) & 0xffff;
    const found = codes.fast[next >> (16 - FAST_BITS)]! || codes.slow(next);
    this.#count -= found >> 8;
    return found & 0xff;
  }

  /** A signed number of so many bits, at most 16. */
  number(bits: number): number {
    if (bits === 0) return 0;
    if (bits > 15) throw new Unusual('too large a number');
    if (this.#count < bits) this.#fill();
    this.#count -= bits;
    const value = (this.#held >>> this.#count) & ((1 << bits) - 1);
    return value < 1 << (bits - 1) ? value - (1 << bits) + 1 : value;
  }

  /** Continues behind the restart marker with this number, 0 to 7. */
  restart(number: number): void {
    this.assertWithin();
    if (this.bytes[this.at] !== 0xff || this.bytes[this.at + 1] !== 0xd0 + number)
      throw new Unusual('no restart marker');
    this.at += 2;
    this.#count = 0;
    this.#beyond = 0;
  }

  /** Throws if more was read than there is. */
  assertWithin(): void {
    if (this.#beyond * 8 > this.#count) throw new Unusual('it ends early');
  }

  #fill(): void {
    while (this.#count <= 16) {
      const byte = this.bytes[this.at];
      // FF is followed by 00 within the data, and by something else at its end.
      const isEnd = byte === undefined || (byte === 0xff && this.bytes[this.at + 1] !== 0);
      if (isEnd) this.#beyond++;
      else this.at += byte === 0xff ? 2 : 1;
      this.#held = (this.#held << 8) | (isEnd ? 0 : byte);
      this.#count += 8;
    }
  }
}
