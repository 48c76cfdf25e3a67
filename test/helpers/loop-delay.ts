import { monitorEventLoopDelay } from 'node:perf_hooks';

/** Runs `work` and resolves with the longest time, ms, for which the event loop of this process stood still meanwhile. */
export async function longestDelay(work: () => Promise<unknown>): Promise<number> {
  const delay = monitorEventLoopDelay({ resolution: 10 });
  delay.enable();
  try {
    await work();
    // A turn of the loop, or the last wait is not counted.
    await new Promise((resolve) => setTimeout(resolve, 30));
  } finally {
    delay.disable();
  }
  return delay.max / 1e6;
}
