/** The windows of the load history; the longer, the fewer points in a minute. */
export const LOAD_WINDOWS = ['5m', '1h', '24h'] as const;
export type LoadWindow = (typeof LOAD_WINDOWS)[number];

/** Rate and latency of one step of a window. */
export interface LoadPoint {
  /** End of the step, ms since 1970. */
  readonly at: number;
  /** Arriving and settled messages per second, on average. */
  readonly in: number;
  readonly out: number;
  /** Latency from arrival to broker confirmation, ms: the highest in the step, each over about a minute; 0 if unknown. */
  readonly p50: number;
  readonly p99: number;
}
