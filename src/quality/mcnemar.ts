/** Two classifiers on the same images, of which the truth is known. */
export interface PairedResult {
  /** Images that only the first got right. */
  readonly onlyFirst: number;
  /** Images that only the second got right. */
  readonly onlySecond: number;
}

/** What is called more than noise: a difference like this by chance in one of twenty comparisons at most. */
export const SIGNIFICANT = 0.05;

/**
 * McNemar's exact test, two-sided: how likely a difference at least as large is when both are as good. Only the images
 * that one gets right and the other does not tell them apart, and by chance each of those is a toss of a coin.
 *
 * @see McNemar, Psychometrika 12, 1947; for classifiers Dietterich, Neural Computation 10, 1998
 */
export function mcnemar({ onlyFirst, onlySecond }: PairedResult): number {
  const n = onlyFirst + onlySecond;
  const fewer = Math.min(onlyFirst, onlySecond);
  if (n === 0 || onlyFirst === onlySecond) return 1;
  return Math.min(1, 2 * lowerTail(n, fewer));
}

/** P(X ≤ k) of n tosses of a coin. In logarithms: 0.5ⁿ is no number any more for n above 1,074. */
function lowerTail(n: number, k: number): number {
  let log = -n * Math.LN2;
  for (let i = 1; i <= k; i++) log += Math.log(n - i + 1) - Math.log(i);
  // From the largest term down, as long as a term says anything.
  let sum = 0;
  for (let i = k, term = 1; i >= 0 && term > 1e-17 * sum; i--) {
    sum += term;
    term *= i / (n - i + 1);
  }
  return Math.exp(log + Math.log(sum));
}
