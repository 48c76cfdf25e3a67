import { longestDelay, missedTicks } from './loop-delay';

const BLOCK_MS = 150;

function block(): void {
  const end = performance.now() + BLOCK_MS;
  while (performance.now() < end);
}

it.each<[string, () => unknown]>([
  ['at once', block],
  ['at once, before it waits', () => (block(), new Promise((resolve) => setTimeout(resolve, 30)))],
  ['at its end', () => new Promise((resolve) => setTimeout(resolve, 30)).then(block)],
])('work that blocks %s is seen', async (_when, work) => {
  // The first tick would have been 10 ms after the beginning.
  expect(await longestDelay(work)).toBeGreaterThan(BLOCK_MS - 20);
  expect(await missedTicks(work)).toBe(1);
});

it('counts no work that waits', async () => {
  expect(await missedTicks(() => new Promise((resolve) => setTimeout(resolve, 50)))).toBe(0);
});
