// Pauses in the outcomes.

/**
 * The longest time without an outcome in `from … to`, ms: over all partitions, and in the partition with the
 * longest one. A gap that began before `from` counts in full; one that ends after `to` counts up to `to`.
 *
 * @param {readonly { at: number, partition: number | null }[]} outcomes `at` in ms
 */
export function longestGaps(outcomes, from, to) {
  const byPartition = new Map();
  for (const { at, partition } of outcomes) {
    if (!byPartition.has(partition)) byPartition.set(partition, []);
    byPartition.get(partition).push(at);
  }
  const all = outcomes.map(({ at }) => at);
  return {
    overall: longestGap(all, from, to),
    partition: Math.max(0, ...[...byPartition.values()].map((times) => longestGap(times, from, to))),
  };
}

function longestGap(times, from, to) {
  const sorted = times.toSorted((a, b) => a - b);
  let longest = 0;
  for (let i = 1; i < sorted.length; i++) {
    const [began, ended] = [sorted[i - 1], Math.min(sorted[i], to)];
    if (ended > from && began < to) longest = Math.max(longest, ended - began);
  }
  return longest;
}
