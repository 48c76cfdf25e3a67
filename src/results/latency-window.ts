// The whole package also loads readers, writers and WebAssembly, which take a tenth of a second.
import Int32Histogram from 'hdr-histogram-js/dist/Int32Histogram';
import type { Quantiles } from './view';

/** Highest latency that is distinguished, in µs: one minute. Longer ones count as one minute. */
const HIGHEST_US = 60_000_000;

/**
 * Quantiles of a latency over the last 30 to 60 seconds, with a resolution of 1 % and fixed memory. There are two
 * histograms; each `rotate` empties the older one and makes it the current one.
 */
export class LatencyWindow {
  private current = createHistogram();
  private previous = createHistogram();
  private readonly merged = createHistogram();

  /** Records `count` observations of `ms`. */
  record(ms: number, count: number): void {
    // NaN becomes the smallest value: the histogram would count it, but in no quantile.
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

function createHistogram(): Int32Histogram {
  const significantDigits = 2;
  return new Int32Histogram(1, HIGHEST_US, significantDigits);
}
