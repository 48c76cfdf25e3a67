import { firstNotBefore, rateAfterWarmUp, type Rate } from './warm-up';

/** What is counted of one prediction. */
export interface Seen {
  /** The image's number in the load. */
  readonly number: number;
  /** When it was done, ms since 1970. */
  readonly at: number;
  readonly correct: boolean;
}

export interface Counts {
  readonly lost: number;
  readonly duplicates: number;
}

/** Which images of the load have their predictions: a few bytes an image, since there may be millions. */
export class PredictionTally {
  /** When each was done first, ms since 1970; NaN as long as it was not. */
  readonly #doneAt: Float64Array;
  #distinct = 0;
  #duplicates = 0;
  #correct = 0;

  /** For the images numbered `first … first + count` (not included). */
  constructor(
    private readonly first: number,
    readonly count: number,
  ) {
    this.#doneAt = new Float64Array(count).fill(NaN);
  }

  /** True the first time; what is no image of this load counts as nothing. */
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

  /** Share of the predictions that are right, 0–1. */
  get accuracy(): number {
    return this.#correct / this.#distinct;
  }

  /**
   * Predictions a second after the warm-up of so many images, at most 10 s. What was done before `notBefore` (ms since 1970),
   * when not all processes worked yet, counts for neither.
   */
  rate(warmUp: number, notBefore = -Infinity): Rate {
    const times = this.#doneAt.filter((time) => !Number.isNaN(time)).sort();
    return rateAfterWarmUp(times.subarray(firstNotBefore(times, notBefore)), warmUp);
  }
}
