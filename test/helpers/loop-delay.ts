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

const TICK_MS = 10;
/** A tick that is this late was missed: someone would have waited for the main thread, ms. */
const MISSED_MS = 100;

/** Runs `work` and resolves with the number of times that the event loop stood still for a tenth of a second. */
export async function missedTicks(work: () => Promise<unknown>): Promise<number> {
  let missed = 0;
  let last = performance.now();
  const tick = (): void => {
    const now = performance.now();
    if (now - last - TICK_MS > MISSED_MS) missed++;
    last = now;
  };
  const timer = setInterval(tick, TICK_MS);
  try {
    await work();
    tick();
  } finally {
    clearInterval(timer);
  }
  return missed;
}
