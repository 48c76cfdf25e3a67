import { Backoff } from '../../../src/core/async/backoff';

const { signal } = new AbortController();

/** The waits of `tries` tries, without the jitter. */
async function waitsOf(backoff: Backoff, tries: number): Promise<number[]> {
  const waits: number[] = [];
  const random = jest.spyOn(Math, 'random').mockReturnValue(0.5);
  for (let i = 0; i < tries; i++) {
    const before = performance.now();
    await backoff.wait(signal);
    waits.push(performance.now() - before);
  }
  random.mockRestore();
  return waits;
}

it('doubles each wait up to its maximum, and starts again after a reset', async () => {
  const backoff = new Backoff(20, 60);
  const [first = 0, second = 0, third = 0] = await waitsOf(backoff, 3);
  expect(first).toBeGreaterThanOrEqual(18);
  expect(second).toBeGreaterThanOrEqual(38);
  expect(third).toBeGreaterThanOrEqual(58);
  expect(backoff.tries).toBe(3);
  backoff.reset();
  expect(backoff.tries).toBe(0);
});

it('resolves at once when the signal aborts', async () => {
  const stop = new AbortController();
  const waiting = new Backoff(600_000, 600_000).wait(stop.signal);
  stop.abort();
  await waiting;
});
