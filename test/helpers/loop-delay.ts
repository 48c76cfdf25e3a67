const TICK_MS = 10;
/** A tick that is this late was missed: someone would have waited for the main thread, ms. */
const MISSED_MS = 100;

/** Runs `work` and resolves with the longest time for which it held the event loop, ms. */
export async function longestDelay(work: () => unknown): Promise<number> {
  return (await delaysDuring(work)).reduce((longest, one) => Math.max(longest, one), 0);
}

/** Runs `work` and resolves with the number of times that the event loop stood still for a tenth of a second. */
export async function missedTicks(work: () => unknown): Promise<number> {
  return (await delaysDuring(work)).filter((delay) => delay > MISSED_MS).length;
}

/**
 * How late each tick was. Node's monitorEventLoopDelay starts with its first tick, so it misses work that blocks at once.
 * Here the times before the first tick and after the last one count.
 */
async function delaysDuring(work: () => unknown): Promise<readonly number[]> {
  const delays: number[] = [];
  let last = performance.now();
  const tick = (): void => {
    const now = performance.now();
    delays.push(now - last - TICK_MS);
    last = now;
  };
  const timer = setInterval(tick, TICK_MS);
  try {
    await work();
    tick();
  } finally {
    clearInterval(timer);
  }
  return delays;
}
