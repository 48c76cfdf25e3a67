import { StreamInferError } from '../core/errors';
import type { Prediction } from '../core/prediction';
import { withNeighbours } from './neighbours';
import type { Reading } from './prediction-feed';
import { distributionOf, type Distribution } from './quantiles';
import { cpuBetween, ResourceMonitor, type CpuPerMessage } from './resources';
import type { ResourceMark } from './resources';
import { dueAt, runSchedule } from './schedule';
import type { RunContext } from './run-context';
import { PredictionTally } from './prediction-tally';

export interface LatencyPlan {
  /** Images/s. */
  readonly rate: number;
  /** Measured time after the warm-up. */
  readonly seconds: number;
  /** Time that is not measured. */
  readonly warmUpSeconds: number;
  /** Number of busy processes on the same machine. */
  readonly neighbours: number;
}

/** Warm-up of a program that was just started and still compiles and connects, s. */
const COLD_WARM_UP = 10;
/** Warm-up of a program that is already under load, s; at most a fifth of the measured time. */
const WARM_UP = 2;

/** @param cold the program was just started */
export function latencyWarmUp(seconds: number, cold: boolean): number {
  return Math.min(cold ? COLD_WARM_UP : WARM_UP, cold ? seconds : seconds / 5);
}

/** The stages of an image's latency, in order. */
export const STAGES = ['broker', 'queue', 'inference', 'publish'] as const;
export type StageName = (typeof STAGES)[number];

export interface LatencyReport extends LatencyPlan {
  /** Includes the warm-up, like `lost` and `duplicates`. */
  readonly images: number;
  readonly lost: number;
  readonly duplicates: number;
  /** From the scheduled time of the image (its message timestamp) until its prediction is read, ms. */
  readonly total: Distribution;
  /**
   * Times in ms. `broker`: until the program receives the image. `queue`: until a worker has its batch. `inference`:
   * the worker's time for the batch. `publish`: from the prediction until it is read.
   */
  readonly stages: Readonly<Record<StageName, Distribution>>;
  /** Delay added by the load generator itself, ms. */
  readonly sentLate: Distribution;
  /** null if it cannot be read. */
  readonly cpu: CpuPerMessage | null;
}

/** Images still missing after this time without a prediction count as lost, ms. */
const STALLED_MS = 15_000;

/** @param first number of the first image, above all numbers used before */
export async function measureLatency(
  context: RunContext,
  plan: LatencyPlan,
  first: number,
): Promise<LatencyReport> {
  const busy = plan.neighbours > 0 ? `, with ${plan.neighbours} busy processes` : '';
  context.progress.step(`${plan.rate} images/s for ${plan.seconds} s${busy}`);
  const atMostMs = (plan.warmUpSeconds + plan.seconds) * 2_000 + STALLED_MS;
  return await withNeighbours(plan.neighbours, atMostMs, async () => {
    const run = new LatencyRun(context, plan, first);
    try {
      await run.toTheEnd();
    } finally {
      run.close();
    }
    if (context.signal.aborted) throw new StreamInferError('ABORTED', 'stopped');
    return run.report();
  });
}

class LatencyRun {
  readonly #warm: number;
  readonly #images: number;
  readonly #tally: PredictionTally;
  readonly #monitor: ResourceMonitor;
  readonly #samples: Record<StageName | 'total', number[]> = {
    total: [],
    broker: [],
    queue: [],
    inference: [],
    publish: [],
  };
  readonly #sentLate: number[] = [];
  readonly #over = new AbortController();
  readonly #clockOffset = wallClockOffset();
  readonly #startedAt = performance.now();
  #warmMark: { mark: ResourceMark; done: number } | undefined;
  #cpu: CpuPerMessage | null = null;

  constructor(
    private readonly context: RunContext,
    private readonly plan: LatencyPlan,
    private readonly first: number,
  ) {
    const { rate, seconds, warmUpSeconds } = plan;
    this.#warm = Math.ceil(rate * warmUpSeconds);
    this.#images = this.#warm + Math.max(1, Math.round(rate * seconds));
    this.#tally = new PredictionTally(first, this.#images);
    this.#monitor = new ResourceMonitor(context.system.pids);
  }

  /** Sends on schedule and reads until every image has a prediction or the predictions stop. */
  async toTheEnd(): Promise<void> {
    const { feed, load, signal } = this.context;
    let sending = true;
    const schedule = {
      rate: this.plan.rate,
      count: this.#images,
      signal: AbortSignal.any([signal, this.#over.signal]),
      send: (from: number, to: number) => this.#send(from, to),
    };
    const sent = runSchedule(schedule, this.#startedAt).finally(() => (sending = false));
    await feed.read(
      (reading) => this.#onReading(reading),
      () => this.#tally.complete,
      () => (sending ? Infinity : STALLED_MS),
    );
    if (this.#warmMark) {
      const { mark, done } = this.#warmMark;
      this.#cpu = cpuBetween(mark, this.#monitor.mark(), this.#tally.distinct - done);
    }
    this.close();
    await sent;
    await load.settled();
  }

  close(): void {
    this.#over.abort();
    this.#monitor.close();
  }

  report(): LatencyReport {
    const { total, broker, queue, inference, publish } = this.#samples;
    return {
      ...this.plan,
      images: this.#images,
      ...this.#tally.counts,
      total: distributionOf(total),
      stages: {
        broker: distributionOf(broker),
        queue: distributionOf(queue),
        inference: distributionOf(inference),
        publish: distributionOf(publish),
      },
      sentLate: distributionOf(this.#sentLate),
      cpu: this.#cpu,
    };
  }

  #dueOf(n: number): number {
    return this.#startedAt + dueAt(n, this.plan.rate);
  }

  #send(from: number, to: number): void {
    const now = performance.now();
    for (let n = Math.max(from, this.#warm); n < to; n++) this.#sentLate.push(now - this.#dueOf(n));
    const { first } = this;
    this.context.load.send(first + from, first + to, (number) =>
      Math.round(this.#dueOf(number - first) + this.#clockOffset),
    );
  }

  #onReading({ number, prediction, readAt }: Reading): void {
    const predictedAt = Date.parse(prediction.predictedAt);
    if (!this.#tally.add({ number, at: predictedAt, correct: false })) return;
    this.context.progress.update(this.#tally.distinct, this.#images);
    const n = number - this.first;
    if (n < this.#warm) return;
    this.#warmMark ??= { mark: this.#monitor.mark(), done: this.#tally.distinct };
    this.#addSample(prediction, predictedAt, this.#dueOf(n), readAt);
  }

  /** The prediction reports its time inside the program; this process measures the time before and after. */
  #addSample({ timing }: Prediction, predictedAt: number, due: number, readAt: number): void {
    const total = readAt - due;
    // predictedAt is truncated to whole milliseconds: half of one on average.
    const publish = Math.max(0, readAt - (predictedAt + 0.5 - this.#clockOffset));
    this.#samples.total.push(total);
    this.#samples.publish.push(publish);
    this.#samples.inference.push(timing.inferenceMs);
    this.#samples.queue.push(Math.max(0, timing.totalMs - timing.inferenceMs));
    this.#samples.broker.push(Math.max(0, total - publish - timing.totalMs));
  }
}

/**
 * Offset from the monotonic clock to ms since 1970, read at a tick because the wall clock has whole
 * milliseconds. `performance.timeOrigin` is not enough: the wall clock is adjusted while a process runs.
 */
function wallClockOffset(): number {
  const before = Date.now();
  for (;;) {
    const now = Date.now();
    if (now !== before) return now - performance.now();
  }
}
