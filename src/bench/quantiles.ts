import type { Quantiles } from '../results/view';

/** Quantiles and the mean, ms. Unlike quantiles, the means of the stages add up. */
export interface Distribution extends Quantiles {
  readonly mean: number;
}

/** p50, p95 and p99 by rank; NaN without values. */
export function quantilesOf(values: ArrayLike<number>): Quantiles {
  const sorted = Float64Array.from(values).sort();
  const at = (q: number) => sorted[Math.min(sorted.length - 1, Math.ceil(q * sorted.length) - 1)] ?? NaN;
  return { p50: at(0.5), p95: at(0.95), p99: at(0.99) };
}

export function distributionOf(values: ArrayLike<number>): Distribution {
  const sum = Float64Array.from(values).reduce((total, value) => total + value, 0);
  return { mean: sum / values.length, ...quantilesOf(values) };
}
