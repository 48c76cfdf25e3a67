/** Latest batches that are kept for each size. */
const KEPT = 128;
/** Batches of one size that a comparison needs on both sides. */
const ENOUGH = 10;
/** Share of the batches of a size that counts: the slowest ones are mostly due to other load on the machine. */
const COUNTED = 0.9;

/** Times per image of the latest batches, by powers of two of their size: small batches cost more per image. */
export class BatchTimes {
  /** By the power of two. */
  readonly #bySize = new Map<number, { times: number[]; next: number }>();
  #batches = 0;

  /** Since the start. */
  get batches(): number {
    return this.#batches;
  }

  add(size: number, ms: number): void {
    this.#batches++;
    const power = 31 - Math.clz32(size);
    let kept = this.#bySize.get(power);
    if (kept === undefined) this.#bySize.set(power, (kept = { times: [], next: 0 }));
    kept.times[kept.next] = ms / size;
    kept.next = (kept.next + 1) % KEPT;
  }

  /** Mean times per image, ms, over the sizes that both sides have; null where there are too few batches. */
  compare(others: BatchTimes): { readonly own: number; readonly other: number } | null {
    let [own, other, weight] = [0, 0, 0];
    for (const [power, { times }] of this.#bySize) {
      const theirs = others.#bySize.get(power)?.times ?? [];
      if (times.length < ENOUGH || theirs.length < ENOUGH) continue;
      const images = times.length * 2 ** power;
      own += images * usualTime(times);
      other += images * usualTime(theirs);
      weight += images;
    }
    return weight === 0 ? null : { own: own / weight, other: other / weight };
  }
}

function usualTime(times: readonly number[]): number {
  const counted = [...times].sort((a, b) => a - b).slice(0, Math.ceil(COUNTED * times.length));
  return counted.reduce((sum, ms) => sum + ms, 0) / counted.length;
}
