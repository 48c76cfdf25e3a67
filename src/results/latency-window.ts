import { build, type Histogram } from 'hdr-histogram-js';
import type { Quantiles } from './view';

/** Highest latency told apart, in µs: one minute. Longer ones count as one minute. */
const HIGHEST_US = 60_000_000;

/**
 * Quantiles of a latency over the last 30 to 60 seconds: two histograms, of which the older is emptied and becomes the
 * current one at each `rotate`. One per cent resolution, fixed memory.
 */
export class LatencyWindow {
  private current = createHistogram();
  private previous = createHistogram();
  private readonly merged = createHistogram();

  /** Records `count` observations of `ms`. */
  record(ms: number, count: number): void {
    // Written so that NaN ends as the smallest value: the histogram would keep it as a count nobody can find.
    const us = ms > 0.001 ? Math.min(HIGHEST_US, Math.round(ms * 1000)) : 1;
    this.current.recordValueWithCount(us, count);
  }

  rotate(): void {
    const emptied = this.previous;
    emptied.reset();
    this.previous = this.current;
    this.current = emptied;
  }

  clear(): void {
    this.current.reset();
    this.previous.reset();
  }

  /** p50, p95 and p99 in ms; zeros when nothing was recorded. */
  quantiles(): Quantiles {
    this.merged.reset();
    this.merged.add(this.previous);
    this.merged.add(this.current);
    return { p50: this.percentile(50), p95: this.percentile(95), p99: this.percentile(99) };
  }

  private percentile(percent: number): number {
    return this.merged.totalCount === 0 ? 0 : this.merged.getValueAtPercentile(percent) / 1000;
  }
}

function createHistogram(): Histogram {
  return build({
    lowestDiscernibleValue: 1,
    highestTrackableValue: HIGHEST_US,
    numberOfSignificantValueDigits: 2,
    autoResize: false,
    useWebAssembly: false,
  });
}
