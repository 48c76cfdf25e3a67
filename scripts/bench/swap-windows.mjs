// What the predictions of a run say about the exchanges in it.
import { longestGaps } from './gaps.mjs';

/**
 * @typedef {{ number: number, version: number, batch: string, size: number, at: number, madeAt: number }} Outcome
 *   `batch` is what the predictions of one batch of that size have in common, `at` is when it was published and `madeAt` when its image was made, ms since 1970
 * @typedef {{ from: number, to: number, answered?: number }} Window ms since 1970
 */

/**
 * Whether every image has its prediction, and every batch its version.
 *
 * @param {readonly Outcome[]} outcomes
 * @param {number} published images, numbered from 0
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

/** More predictions than the batch has are two batches that have all in common, by chance. */
function isMixed(batch) {
  return batch.length <= batch[0].size && new Set(batch.map(({ version }) => version)).size > 1;
}

/**
 * The same figures for each window with an exchange and without.
 *
 * @param {readonly Outcome[]} outcomes
 * @param {{ swap: readonly Window[], steady: readonly Window[] }} windows
 */
export function compareWindows(outcomes, { swap, steady }) {
  const look = (window) => lookAt(outcomes, window);
  return {
    swap: swap.map(look),
    steady: steady.map(look),
    loads: swap.map(({ from, answered }) => answered - from),
  };
}

/** Latencies of the images that were made in it, whenever they were published. */
function lookAt(outcomes, { from, to }) {
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
