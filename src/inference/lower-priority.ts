import os from 'node:os';

/** Lower priority than the main thread, so that HTTP and broker heartbeats go first. On Linux it applies to this thread only. */
const NICENESS = 10;

export function lowerPriority(): void {
  try {
    os.setPriority(0, NICENESS);
  } catch {
    // Not permitted or not supported: all threads keep the same priority.
  }
}
