import { argMax } from '../core/arg-max';
import { mcnemar, SIGNIFICANT } from '../quality/mcnemar';
import { type ClassNumbers } from './metrics';

/** The results of two versions on the same images. */
export interface VersionComparison {
  readonly images: number;
  /** Images that both classify the same. */
  readonly sameClass: number;
  readonly bothRight: number;
  readonly onlyFirstRight: number;
  readonly onlySecondRight: number;
  /** McNemar's exact test, two-sided. */
  readonly pValue: number;
  readonly moreThanNoise: boolean;
  /** Images that only one version classified correctly, per class in the order of the labels. */
  readonly perClass: readonly { readonly onlyFirstRight: number; readonly onlySecondRight: number }[];
}

/** Compares n × classes probabilities of each version, row-major, with n labels. */
export function compareVersions(
  first: Float32Array,
  second: Float32Array,
  labels: ClassNumbers,
): VersionComparison {
  const classes = first.length / labels.length;
  const perClass = Array.from({ length: classes }, () => ({ onlyFirstRight: 0, onlySecondRight: 0 }));
  const total = { sameClass: 0, bothRight: 0, onlyFirstRight: 0, onlySecondRight: 0 };
  labels.forEach((truth, i) => {
    const a = argMax(first.subarray(i * classes, (i + 1) * classes));
    const b = argMax(second.subarray(i * classes, (i + 1) * classes));
    if (a === b) total.sameClass++;
    if (a === truth && b === truth) total.bothRight++;
    if ((a === truth) === (b === truth)) return;
    const winner = a === truth ? 'onlyFirstRight' : 'onlySecondRight';
    total[winner]++;
    const own = perClass[truth];
    if (own) own[winner]++;
  });
  const pValue = mcnemar({ onlyFirst: total.onlyFirstRight, onlySecond: total.onlySecondRight });
  return { images: labels.length, ...total, pValue, moreThanNoise: pValue < SIGNIFICANT, perClass };
}
