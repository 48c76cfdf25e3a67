// Evaluates the predictions of a run with model swaps.
import { longestGaps } from './gaps.mjs';

/**
 * @typedef {{ number: number, version: number, batch: string, size: number, at: number, madeAt: number }} Outcome
 *   `batch` identifies a batch of that size, `at` is the publish time and `madeAt` the time of the image, ms since 1970
 * @typedef {{ from: number, to: number, answered?: number }} Window ms since 1970
 */

/**
 * Counts missing and duplicate predictions, and batches with two model versions.
 *
 * @param {readonly Outcome[]} outcomes
 * @param {number} published number of images, numbered from 0
 */
export function accountOf(outcomes, published) {
  const times = new Map();
  const batches = new Map();
  for (const outcome of outcomes) {
    times.set(outcome.number, (times.get(outcome.number) ?? 0) + 1);
    if (!batches.has(outcome.batch)) batches.set(outcome.batch, []);
    batches.get(outcome.batch).push(outcome);
  }
  const account = {
    published,
    predictions: outcomes.length,
    missing: Array.from({ length: published }, (_, n) => n).filter((n) => !times.has(n)).length,
    twice: [...times.values()].filter((count) => count > 1).length,
    'mixed batches': [...batches.values()].filter(isMixed).length,
  };
  return { account, wrong: account.missing + account.twice + account['mixed batches'] };
}

/** More predictions than the batch size mean two identical batches by chance. */
function isMixed(batch) {
  return batch.length <= batch[0].size && new Set(batch.map(({ version }) => version)).size > 1;
}

/**
 * Computes the same figures for windows with and without a swap.
 *
 * @param {readonly Outcome[]} outcomes
 * @param {{ swap: readonly Window[], steady: readonly Window[] }} windows
 */
export function compareWindows(outcomes, { swap, steady }) {
  const figures = (window) => figuresOf(outcomes, window);
  return {
    swap: swap.map(figures),
    steady: steady.map(figures),
    loads: swap.map(({ from, answered }) => answered - from),
  };
}

/** Latencies cover the images created in the window, whenever they were published. */
function figuresOf(outcomes, { from, to }) {
  const within = outcomes.filter(({ at }) => at >= from && at < to);
  const latencies = outcomes
    .filter(({ madeAt }) => madeAt >= from && madeAt < to)
    .map(({ at, madeAt }) => at - madeAt)
    .sort((a, b) => a - b);
  const quantile = (share) =>
    latencies[Math.min(latencies.length - 1, Math.floor(latencies.length * share))] ?? NaN;
  const all = outcomes.map(({ at }) => ({ at, partition: null }));
  return {
    perSecond: (within.length / (to - from)) * 1000,
    gapMs: longestGaps(all, from, to).overall,
    latency: { p50: quantile(0.5), p99: quantile(0.99), max: latencies.at(-1) ?? NaN },
  };
}
