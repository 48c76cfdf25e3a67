import { addToBins, createBins } from '../core/confidence-bins';
import { Cells, type Cell } from './cells';

/** Value of an unknown truth. */
export const TRUTH_UNKNOWN = -1;

/** One minute: its start in ms since 1970, then the counts. */
export type MinuteCounts = [at: number, predictions: number, judged: number, correct: number, dead: number];

/** A tally as a message between threads. */
export interface TallyData {
  readonly cells: readonly Cell[];
  readonly bins: Float64Array;
  readonly minutes: readonly MinuteCounts[];
}

/**
 * Counts of predictions by truth and label, by confidence and by minute: the basis of all figures on the page. Tallies
 * can be merged, so that parts of the stream can be counted separately.
 */
export class Tally {
  readonly #cells = new Cells();
  /** 20 × (count, judged, correct, sum of confidence). */
  readonly bins = createBins();
  readonly #minutes = new Map<number, MinuteCounts>();
  #latest: MinuteCounts = [NaN, 0, 0, 0, 0];
  #touched = false;

  get empty(): boolean {
    return !this.#touched;
  }

  /**
   * @param truth TRUTH_UNKNOWN if it is not known
   * @param at ms since 1970
   * @param times −1 subtracts it
   */
  addPrediction(label: number, truth: number, confidence: number, at: number, times = 1): void {
    const judged = truth === TRUTH_UNKNOWN ? 0 : times;
    const correct = truth === label ? times : 0;
    this.#cells.add(truth, label, times);
    addToBins(this.bins, confidence, times, judged, correct);
    const minute = this.#minuteOf(at);
    minute[1] += times;
    minute[2] += judged;
    minute[3] += correct;
  }

  addDeadLetter(at: number): void {
    this.#minuteOf(at)[4] += 1;
  }

  merge({ cells, bins, minutes }: TallyData): void {
    this.#touched = true;
    for (const [truth, label, count] of cells) this.#cells.add(truth, label, count);
    bins.forEach((value, i) => (this.bins[i]! += value));
    for (const counts of minutes) {
      const own = this.#minuteOf(counts[0]);
      for (let field = 1; field < own.length; field++) own[field]! += counts[field]!;
    }
  }

  data(): TallyData {
    return { cells: [...this.#cells], bins: this.bins, minutes: [...this.#minutes.values()] };
  }

  minute(at: number): MinuteCounts | undefined {
    return this.#minutes.get(at);
  }

  /** Drops the oldest minutes beyond the limit. */
  keepMinutes(most: number): void {
    const gone = this.#minutes.size - most;
    if (gone <= 0) return;
    for (const at of [...this.#minutes.keys()].sort((a, b) => a - b).slice(0, gone)) this.#minutes.delete(at);
    this.#latest = [NaN, 0, 0, 0, 0];
  }

  #minuteOf(at: number): MinuteCounts {
    this.#touched = true;
    const start = startOfMinute(at);
    if (this.#latest[0] === start) return this.#latest;
    let minute = this.#minutes.get(start);
    if (minute === undefined) this.#minutes.set(start, (minute = [start, 0, 0, 0, 0]));
    return (this.#latest = minute);
  }
}

export const MINUTE_MS = 60_000;

export function startOfMinute(at: number): number {
  return at - (at % MINUTE_MS);
}
