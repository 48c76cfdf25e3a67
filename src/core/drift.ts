import { CLASS_COUNT } from './labels';

/** A share below counts as this much: the logarithm of nothing is infinite. */
const LEAST_SHARE = 1e-4;

/** Fashion-MNIST's training images: as many of each class. */
export const EVEN_SHARES: readonly number[] = Array.from({ length: CLASS_COUNT }, () => 1 / CLASS_COUNT);

/**
 * Population stability index: the sum over the classes of (share − expected) · ln(share / expected). 0 for the same
 * spread; by custom 0.1 is a slight shift and 0.25 a serious one.
 *
 * @see Siddiqi, Credit Risk Scorecards, 2006
 */
export function stabilityIndex(shares: readonly number[], expected: readonly number[]): number {
  return shares.reduce((sum, share, label) => {
    const [a, b] = [Math.max(share, LEAST_SHARE), Math.max(expected[label] ?? 0, LEAST_SHARE)];
    return sum + (a - b) * Math.log(a / b);
  }, 0);
}

/** The most that there can be: everything in the class that is expected least. */
export function largestIndex(expected: readonly number[]): number {
  const rarest = expected.indexOf(Math.min(...expected));
  return stabilityIndex(
    expected.map((_, label) => (label === rarest ? 1 : 0)),
    expected,
  );
}
