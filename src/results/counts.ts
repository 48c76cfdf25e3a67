import type { PredictionOutcome, Rejection } from '../core/prediction';
import type { ClassNames } from './class-names';

/** Classes in the statistics, which are sent to every page once a second. */
const MOST_CLASSES = 50;

/** Totals since the process started. Doubles, because 32 bits would overflow within days at full speed. */
export class Counts {
  predictions = 0;
  deadLetters = 0;
  judged = 0;
  correct = 0;
  #byLabel = new Float64Array(16);
  private readonly byCode = new Map<string, number>();

  addPrediction({ label, truth }: Pick<PredictionOutcome, 'label' | 'truth'>): void {
    this.predictions++;
    if (label >= this.#byLabel.length) this.#grow(label + 1);
    this.#byLabel[label]! += 1;
    if (truth === undefined) return;
    this.judged++;
    if (truth === label) this.correct++;
  }

  addRejection(rejection: Rejection): void {
    this.deadLetters++;
    this.byCode.set(rejection.code, (this.byCode.get(rejection.code) ?? 0) + 1);
  }

  rejections(): Record<string, number> {
    return Object.fromEntries(this.byCode);
  }

  /** Predictions by class name: all classes, or the most frequent ones of many. Two classes may have one name. */
  classes(names: ClassNames): Record<string, number> {
    const labels = this.#labels(names.list.length);
    const counts: Record<string, number> = {};
    for (const label of labels) {
      const name = names.of(label);
      counts[name] = (Object.hasOwn(counts, name) ? counts[name]! : 0) + (this.#byLabel[label] ?? 0);
    }
    return counts;
  }

  #labels(named: number): number[] {
    const seen = [...this.#byLabel.keys()].filter((label) => label >= named && this.#byLabel[label]! > 0);
    const labels = [...Array.from({ length: named }, (_, label) => label), ...seen];
    if (labels.length <= MOST_CLASSES) return labels;
    const count = (label: number): number => this.#byLabel[label] ?? 0;
    return labels
      .filter((label) => count(label) > 0)
      .sort((a, b) => count(b) - count(a))
      .slice(0, MOST_CLASSES);
  }

  #grow(size: number): void {
    const larger = new Float64Array(size * 2);
    larger.set(this.#byLabel);
    this.#byLabel = larger;
  }
}
