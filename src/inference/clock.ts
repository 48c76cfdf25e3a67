const NS_PER_MS = 1e6;

/**
 * When this thread's `performance.now()` was 0, ms on the clock of the machine. Each thread counts from its own start;
 * `performance.timeOrigin` would not do to translate, since somebody may have set the wall clock in between.
 */
export function clockStart(): number {
  return Number(process.hrtime.bigint()) / NS_PER_MS - performance.now();
}
