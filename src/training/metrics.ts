import { f1Of, macroF1 } from '../core/f1';
import { argMax } from '../core/arg-max';
import { StreamInferError } from '../core/errors';
import { CLASS_COUNT } from '../core/labels';

/** The true class of each image, by position. */
export type ClassNumbers = Uint8Array | Uint16Array;

export interface ClassMetrics {
  readonly label: number;
  /** Number of images of this class. */
  readonly support: number;
  /** Share of the images predicted as this class that belong to it; 0 if there are none. */
  readonly precision: number;
  /** Share of the images of this class that are predicted as it; 0 if there are none. */
  readonly recall: number;
  /** Harmonic mean of precision and recall. */
  readonly f1: number;
}

export interface Metrics {
  readonly n: number;
  readonly correct: number;
  /** 0–1. */
  readonly accuracy: number;
  /** Unweighted mean over the classes that occur. */
  readonly macroF1: number;
  /** Mean negative log-likelihood of the true class, in nats. */
  readonly logLoss: number;
  readonly perClass: readonly ClassMetrics[];
  /** Number of images. Rows: actual class; columns: predicted class. */
  readonly confusion: readonly (readonly number[])[];
}

/** Smaller probabilities count as this, so that one confident error does not make the loss infinite. */
const SMALLEST_PROBABILITY = 1e-7;

/** Computes metrics from n × classes probabilities (row-major) and n labels. Throws INTERNAL if the lengths do not match. */
export function computeMetrics(
  probabilities: Float32Array,
  labels: ClassNumbers,
  classes: number = CLASS_COUNT,
): Metrics {
  const n = labels.length;
  if (probabilities.length !== n * classes) {
    throw new StreamInferError('INTERNAL', `${probabilities.length} probabilities for ${n} × ${classes}`);
  }
  const confusion = Array.from({ length: classes }, () => new Array<number>(classes).fill(0));
  let lossSum = 0;
  labels.forEach((label, i) => {
    const row = probabilities.subarray(i * classes, (i + 1) * classes);
    const counts = confusion[label];
    const predicted = argMax(row);
    if (counts) counts[predicted] = (counts[predicted] ?? 0) + 1;
    lossSum -= Math.log(Math.max(row[label] ?? 0, SMALLEST_PROBABILITY));
  });
  const perClass = confusion.map((_, label) => classMetrics(confusion, label));
  const correct = sum(confusion.map((row, label) => row[label] ?? 0));
  return {
    n,
    correct,
    accuracy: ratio(correct, n),
    macroF1: macroF1(confusion.map((_, label) => ({ f1: f1In(confusion, label) }))) ?? 0,
    logLoss: ratio(lossSum, n),
    perClass,
    confusion,
  };
}

function classMetrics(confusion: Metrics['confusion'], label: number): ClassMetrics {
  const { hits, support, called } = countsOf(confusion, label);
  return {
    label,
    support,
    precision: ratio(hits, called),
    recall: ratio(hits, support),
    f1: f1In(confusion, label) ?? 0,
  };
}

function f1In(confusion: Metrics['confusion'], label: number): number | null {
  const { hits, support, called } = countsOf(confusion, label);
  return f1Of(hits, support, called);
}

function countsOf(
  confusion: Metrics['confusion'],
  label: number,
): Record<'hits' | 'support' | 'called', number> {
  return {
    hits: confusion[label]?.[label] ?? 0,
    support: sum(confusion[label] ?? []),
    called: sum(confusion.map((row) => row[label] ?? 0)),
  };
}

function sum(values: readonly number[]): number {
  return values.reduce((a, b) => a + b, 0);
}

function ratio(part: number, whole: number): number {
  return whole === 0 ? 0 : part / whole;
}
