/** Two classifiers on the same images with known labels. */
export interface PairedResult {
  /** Images that only the first classified correctly. */
  readonly onlyFirst: number;
  /** Images that only the second classified correctly. */
  readonly onlySecond: number;
}

/** Significance level: such a difference occurs by chance in at most one of twenty comparisons. */
export const SIGNIFICANT = 0.05;

/**
 * McNemar's exact test, two-sided: the probability of a difference at least as large when both are equally good. Only
 * images that one classifies correctly and the other does not are informative, and by chance each of those is a coin
 * toss.
 *
 * @see McNemar, Psychometrika 12, 1947; for classifiers Dietterich, Neural Computation 10, 1998
 */
export function mcnemar({ onlyFirst, onlySecond }: PairedResult): number {
  const n = onlyFirst + onlySecond;
  const fewer = Math.min(onlyFirst, onlySecond);
  if (n === 0 || onlyFirst === onlySecond) return 1;
  return Math.min(1, 2 * lowerTail(n, fewer));
}

/** P(X ≤ k) of n coin tosses. In logarithms: 0.5ⁿ underflows for n above 1,074. */
function lowerTail(n: number, k: number): number {
  let log = -n * Math.LN2;
  for (let i = 1; i <= k; i++) log += Math.log(n - i + 1) - Math.log(i);
  // From the largest term down, until a term is negligible.
  let sum = 0;
  for (let i = k, term = 1; i >= 0 && term > 1e-17 * sum; i--) {
    sum += term;
    term *= i / (n - i + 1);
  }
  return Math.exp(log + Math.log(sum));
}
