// What the predictions of a run say about the exchanges in it.
import { longestGaps } from './gaps.mjs';

/**
 * @typedef {{ number: number, version: number, batch: string, at: number, madeAt: number }} Outcome
 *   `at` is when it was published and `madeAt` when its image was made, ms since 1970
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
  const versions = new Map();
  for (const { number, version, batch } of outcomes) {
    times.set(number, (times.get(number) ?? 0) + 1);
    if (!versions.has(batch)) versions.set(batch, new Set());
    versions.get(batch).add(version);
  }
  const account = {
    published,
    predictions: outcomes.length,
    missing: Array.from({ length: published }, (_, n) => n).filter((n) => !times.has(n)).length,
    twice: [...times.values()].filter((count) => count > 1).length,
    'mixed batches': [...versions.values()].filter(({ size }) => size > 1).length,
  };
  return { account, wrong: account.missing + account.twice + account['mixed batches'] };
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
