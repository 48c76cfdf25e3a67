/** From `start` (included) to `end` (not included). */
type Range = [start: number, end: number];

/**
 * The processed offsets of a partition, in any order and with gaps: all below a watermark, and ranges above it. As
 * text, the ranges fit in the metadata of a committed offset, which Kafka limits to about 4,000 characters.
 */
export class OffsetRanges {
  #watermark: number;
  /** Ascending, never empty, never touching each other or the watermark. */
  readonly #ranges: Range[] = [];

  constructor(watermark: number, text = '') {
    this.#watermark = watermark;
    for (const [start, end] of parse(watermark, text)) this.add(start, end);
  }

  /** The first offset that was not processed. */
  get watermark(): number {
    return this.#watermark;
  }

  /** The offset after the last processed one. */
  get end(): number {
    return this.#ranges.at(-1)?.[1] ?? this.#watermark;
  }

  has(offset: number): boolean {
    if (offset < this.#watermark) return true;
    // The usual query is for the next message, which is never known yet.
    if (offset >= this.end) return false;
    return this.#ranges.some(([start, end]) => offset >= start && offset < end);
  }

  /** @param end not included */
  add(start: number, end: number): void {
    let [from, to]: Range = [Math.max(start, this.#watermark), end];
    if (from >= to) return;
    let at = this.#ranges.length;
    // Mostly the last range grows; the new range absorbs all ranges that it touches.
    for (; at > 0; at--) {
      const [otherStart, otherEnd] = this.#ranges[at - 1] as Range;
      if (otherEnd < from) break;
      if (otherStart > to) continue;
      from = Math.min(from, otherStart);
      to = Math.max(to, otherEnd);
    }
    const after = this.#ranges.findIndex(([otherStart], i) => i >= at && otherStart > to);
    this.#ranges.splice(at, (after < 0 ? this.#ranges.length : after) - at, [from, to]);
    this.#raise();
  }

  /** Everything below counts as processed: the broker no longer has it. */
  raiseTo(watermark: number): void {
    this.add(this.#watermark, watermark);
  }

  /** Adds the offsets that another reader processed. */
  merge(other: OffsetRanges): void {
    this.raiseTo(other.#watermark);
    for (const [start, end] of other.#ranges) this.add(start, end);
  }

  /** Number of processed offsets from `start` to `end` (not included). */
  countWithin(start: number, end: number): number {
    const all: Range[] = [[start, this.#watermark], ...this.#ranges];
    return all.reduce((sum, [from, to]) => sum + Math.max(0, Math.min(to, end) - Math.max(from, start)), 0);
  }

  /** As many ranges as fit; `forgotten` offsets are omitted. */
  toText(maxLength: number): { text: string; forgotten: number } {
    let text = '';
    let previous = this.#watermark;
    for (const [i, [start, end]] of this.#ranges.entries()) {
      const piece = `${i === 0 ? '' : ','}${(start - previous).toString(36)}.${(end - start).toString(36)}`;
      if (text.length + piece.length > maxLength) return { text, forgotten: this.#countFrom(i) };
      text += piece;
      previous = end;
    }
    return { text, forgotten: 0 };
  }

  #countFrom(index: number): number {
    return this.#ranges.slice(index).reduce((sum, [start, end]) => sum + end - start, 0);
  }

  #raise(): void {
    const [first] = this.#ranges;
    if (first === undefined || first[0] > this.#watermark) return;
    this.#watermark = first[1];
    this.#ranges.shift();
  }
}

/**
 * Distance from the previous end and length, both in base 36: `2.1,5.3`. Metadata of other programs contains no
 * ranges.
 */
function parse(watermark: number, text: string): Range[] {
  if (!/^[0-9a-z]+\.[0-9a-z]+(,[0-9a-z]+\.[0-9a-z]+)*$/.test(text)) return [];
  let previous = watermark;
  return text.split(',').map((piece) => {
    const [gap, length] = piece.split('.').map((digits) => Number.parseInt(digits, 36));
    const start = previous + (gap as number);
    previous = start + (length as number);
    return [start, previous];
  });
}
