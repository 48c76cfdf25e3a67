import { monitorEventLoopDelay, type IntervalHistogram } from 'node:perf_hooks';
import type { Activity } from '../http/services';
import type { InferencePool } from '../inference/pool';
import type { Pipeline } from '../pipeline/pipeline';

/** Samples the process metrics of the Live tab, once a second. */
export class ActivityMonitor {
  readonly #delay: IntervalHistogram = monitorEventLoopDelay({ resolution: 10 });
  readonly #timer: NodeJS.Timeout;
  #utilization = 0;
  #delayMs = 0;
  /** Sampled: the kernel adds up all threads for each answer, which takes a busy process a millisecond. */
  #rssBytes = process.memoryUsage.rss();

  constructor(private readonly resources: () => { pool: InferencePool | null; pipeline: Pipeline | null }) {
    this.#delay.enable();
    this.#timer = setInterval(() => this.#sample(), 1_000);
    this.#timer.unref();
  }

  read(): Activity {
    const { pool, pipeline } = this.resources();
    const inFlight = pipeline?.inFlight ?? { messages: 0, bytes: 0 };
    return {
      inFlight: inFlight.messages,
      inFlightBytes: inFlight.bytes,
      queued: pipeline?.queued ?? { stream: 0, interactive: 0 },
      batchTarget: pipeline?.batchTarget ?? null,
      workers: pool?.workers ?? 0,
      workerUtilization: this.#utilization,
      eventLoopDelayMs: this.#delayMs,
      rssBytes: this.#rssBytes,
    };
  }

  close(): void {
    clearInterval(this.#timer);
    this.#delay.disable();
  }

  #sample(): void {
    this.#utilization = this.resources().pool?.utilization() ?? 0;
    // The histogram measures the interval between its own 10 ms ticks; the excess is delay.
    this.#delayMs = Math.max(0, this.#delay.percentile(99) / 1e6 - 10);
    this.#delay.reset();
    this.#rssBytes = process.memoryUsage.rss();
  }
}
