/** A pair of classes with the number of its predictions; −1 is the truth of an unlabelled one. */
export type Cell = readonly [truth: number, label: number, count: number];

/** Labels below this are counted in an array, as every class of a small model is. */
const DENSE = 16;
/** More labels than any model has. */
const MOST_LABELS = 65_536;

/** Counts of predictions by truth and label. Only pairs that occur cost memory, so a model may have any number of classes. */
export class Cells {
  readonly #dense = new Float64Array((DENSE + 1) * DENSE);
  /** By truth and label. */
  readonly #sparse = new Map<number, number>();

  /** @param truth −1 if it is not known */
  add(truth: number, label: number, count: number): void {
    if (truth < DENSE && label < DENSE) {
      this.#dense[(truth + 1) * DENSE + label]! += count;
      return;
    }
    const pair = (truth + 1) * MOST_LABELS + label;
    this.#sparse.set(pair, (this.#sparse.get(pair) ?? 0) + count);
  }

  /** Pairs that occurred, in no particular order. */
  *[Symbol.iterator](): Generator<Cell> {
    for (const [i, count] of this.#dense.entries())
      if (count !== 0) yield [Math.floor(i / DENSE) - 1, i % DENSE, count];
    for (const [pair, count] of this.#sparse)
      if (count !== 0) yield [Math.floor(pair / MOST_LABELS) - 1, pair % MOST_LABELS, count];
  }
}
