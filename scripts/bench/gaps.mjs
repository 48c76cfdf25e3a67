// How long outcomes stand still.

/**
 * The longest time without an outcome that begins or goes on in `from … to`, ms: over all partitions together, and in the
 * one partition where it is longest. One that began before `from` counts whole; one that goes on after `to` counts up to
 * there, since what happens then is another matter.
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
