import { firstNotBefore, rateAfterWarmUp, type Rate } from './warm-up';

/** The counted properties of one prediction. */
export interface Seen {
  /** The image's number in the load. */
  readonly number: number;
  /** Time of the prediction, ms since 1970. */
  readonly at: number;
  readonly correct: boolean;
}

export interface Counts {
  readonly lost: number;
  readonly duplicates: number;
}

/** Tracks which images have predictions with a few bytes per image, since there may be millions. */
export class PredictionTally {
  /** Time of each image's first prediction, ms since 1970; NaN without one. */
  readonly #doneAt: Float64Array;
  #distinct = 0;
  #duplicates = 0;
  #correct = 0;

  /** For the images numbered `first … first + count` (exclusive). */
  constructor(
    private readonly first: number,
    readonly count: number,
  ) {
    this.#doneAt = new Float64Array(count).fill(NaN);
  }

  /** True for the first prediction of an image; ignores other numbers. */
  add({ number, at, correct }: Seen): boolean {
    const index = number - this.first;
    if (!(index >= 0 && index < this.count)) return false;
    if (!Number.isNaN(this.#doneAt[index])) {
      this.#duplicates++;
      return false;
    }
    this.#doneAt[index] = at;
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

  /** Share of correct predictions, 0–1. */
  get accuracy(): number {
    return this.#correct / this.#distinct;
  }

  /**
   * Predictions/s after a warm-up of `warmUp` images or 10 s. Ignores predictions before `notBefore` (ms
   * since 1970), when some processes had not started.
   */
  rate(warmUp: number, notBefore = -Infinity): Rate {
    const times = this.#doneAt.filter((time) => !Number.isNaN(time)).sort();
    return rateAfterWarmUp(times.subarray(firstNotBefore(times, notBefore)), warmUp);
  }
}
