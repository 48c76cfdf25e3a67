const NS_PER_MS = 1e6;
const SAMPLES = 100;

/**
 * The machine's clock at the time this thread's `performance.now()` was 0, ms. Each thread counts from its own start, and
 * `performance.timeOrigin` is unsuitable for conversion, because the wall clock may have been set in between.
 */
export const CLOCK_START = clockStart();

/** A thread may be suspended between the two readings, which gives a value that is too small: the largest is the right one. */
export function clockStart(
  machineMs: () => number = () => Number(process.hrtime.bigint()) / NS_PER_MS,
  threadMs: () => number = () => performance.now(),
): number {
  return Math.max(...Array.from({ length: SAMPLES }, () => machineMs() - threadMs()));
}
