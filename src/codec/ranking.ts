/** The best classes of one image, best first; of equal ones the first. */
export class Ranking {
  readonly labels: Int32Array;
  readonly values: Float64Array;
  #kept = 0;

  constructor(classes: number, most: number) {
    const count = Math.min(classes, most);
    this.labels = new Int32Array(count);
    this.values = new Float64Array(count);
  }

  /** Forgets the image before. */
  clear(): void {
    this.#kept = 0;
  }

  /** Labels must be offered in order. */
  offer(label: number, value: number): void {
    const { labels, values } = this;
    const last = values.length - 1;
    // A value that is not a number ranks last.
    const ranked = Number.isNaN(value) ? -Infinity : value;
    if (this.#kept > last && !(ranked > (values[last] as number))) return;
    let at = this.#kept > last ? last : this.#kept++;
    for (; at > 0 && ranked > (values[at - 1] as number); at--) {
      values[at] = values[at - 1] as number;
      labels[at] = labels[at - 1] as number;
    }
    values[at] = ranked;
    labels[at] = label;
  }
}
