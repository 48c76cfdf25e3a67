import { monitorEventLoopDelay } from 'node:perf_hooks';

/** Runs `work` and resolves with the longest delay of the event loop during it, ms. */
export async function longestDelay(work: () => Promise<unknown>): Promise<number> {
  const delay = monitorEventLoopDelay({ resolution: 10 });
  delay.enable();
  try {
    await work();
    // One more turn of the loop, so that the last delay counts.
    await new Promise((resolve) => setTimeout(resolve, 30));
  } finally {
    delay.disable();
  }
  return delay.max / 1e6;
}
