const NS_PER_MS = 1e6;

/**
 * The machine's clock at the time this thread's `performance.now()` was 0, ms. Each thread counts from its own start, and
 * `performance.timeOrigin` is unsuitable for conversion, because the wall clock may have been set in between.
 */
export function clockStart(): number {
  return Number(process.hrtime.bigint()) / NS_PER_MS - performance.now();
}
