import { CLASS_COUNT, CLASS_NAMES } from '../core/labels';
import type { PredictionOutcome, Rejection } from '../core/prediction';

/** Totals since the process started. Doubles, because 32 bits would overflow within days at full speed. */
export class Counts {
  predictions = 0;
  deadLetters = 0;
  judged = 0;
  correct = 0;
  private readonly byLabel = new Float64Array(CLASS_COUNT);
  private readonly byCode = new Map<string, number>();

  addPrediction({ label, truth }: Pick<PredictionOutcome, 'label' | 'truth'>): void {
    this.predictions++;
    this.byLabel[label]! += 1;
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

  classes(): Record<string, number> {
    return Object.fromEntries(CLASS_NAMES.map((name, label) => [name, this.byLabel[label]!]));
  }
}
