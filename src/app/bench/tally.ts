/** What is counted of one prediction. */
export interface Seen {
  /** The image's number in the load. */
  readonly number: number;
  /** ms since 1970. */
  readonly predictedAt: number;
  readonly correct: boolean;
}

export interface Counts {
  readonly lost: number;
  readonly duplicates: number;
}

/** Which images of the load have their predictions: a few bytes an image, since there may be millions. */
export class Tally {
  /** When each was predicted first, ms since 1970; NaN as long as it was not. */
  readonly #predictedAt: Float64Array;
  #distinct = 0;
  #duplicates = 0;
  #correct = 0;

  /** For the images numbered `first … first + count` (not included). */
  constructor(
    private readonly first: number,
    readonly count: number,
  ) {
    this.#predictedAt = new Float64Array(count).fill(NaN);
  }

  /** True the first time; what is no image of this load counts as nothing. */
  add({ number, predictedAt, correct }: Seen): boolean {
    const at = number - this.first;
    if (!(at >= 0 && at < this.count)) return false;
    if (!Number.isNaN(this.#predictedAt[at])) {
      this.#duplicates++;
      return false;
    }
    this.#predictedAt[at] = predictedAt;
    this.#distinct++;
    if (correct) this.#correct++;
    return true;
  }

  get distinct(): number {
    return this.#distinct;
  }

  get complete(): boolean {
    return this.#distinct === this.count;
  }

  get counts(): Counts {
    return { lost: this.count - this.#distinct, duplicates: this.#duplicates };
  }

  /** Share of the predictions that are right, 0–1. */
  get accuracy(): number {
    return this.#correct / this.#distinct;
  }

  /**
   * Predictions a second, by their own times: without the first tenth, while code is compiled and caches fill, and without
   * what was predicted before `notBefore` (ms since 1970), when not all processes worked yet. NaN for too few.
   */
  throughput(notBefore = -Infinity): number {
    const times = this.#predictedAt.filter((time) => !Number.isNaN(time)).sort();
    const warm = times.subarray(Math.floor(times.length / 10));
    const counted = warm.subarray(firstNotBefore(warm, notBefore));
    const [begin, end] = [counted[0] ?? NaN, counted.at(-1) ?? NaN];
    return end > begin ? (counted.length - 1) / ((end - begin) / 1000) : NaN;
  }
}

function firstNotBefore(sorted: Float64Array, time: number): number {
  const at = sorted.findIndex((value) => value >= time);
  return at < 0 ? sorted.length : at;
}
