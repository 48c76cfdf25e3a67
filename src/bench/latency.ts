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
  /** Images a second. */
  readonly rate: number;
  /** How long it counts, after the warm-up. */
  readonly seconds: number;
  /** How long at first it does not count. */
  readonly warmUpSeconds: number;
  /** Processes that spin meanwhile. */
  readonly neighbours: number;
}

/** A program that has just started compiles and connects for so long, s. */
const COLD_WARM_UP = 10;
/** One that has worked already, s: a fifth of the time that counts, at most. */
const WARM_UP = 2;

/** @param cold nothing was measured on this program before */
export function latencyWarmUp(seconds: number, cold: boolean): number {
  return Math.min(cold ? COLD_WARM_UP : WARM_UP, cold ? seconds : seconds / 5);
}

/** The ways of an image that its latency is made of, in their order. */
export const STAGES = ['broker', 'queue', 'inference', 'publish'] as const;
export type StageName = (typeof STAGES)[number];

export interface LatencyReport extends LatencyPlan {
  /** Warm-up included, as in `lost` and `duplicates`. */
  readonly images: number;
  readonly lost: number;
  readonly duplicates: number;
  /** From the moment at which the image was due, which is its message's timestamp, to the prediction being read, ms. */
  readonly total: Distribution;
  /**
   * `broker`: until the image has arrived at the program; `queue`: until its batch is with a worker; `inference`: the
   * worker's time for the batch; `publish`: from the prediction until it was read. ms
   */
  readonly stages: Readonly<Record<StageName, Distribution>>;
  /** How late the load was sent: what the load itself has added, ms. */
  readonly sentLate: Distribution;
  /** null where it cannot be read. */
  readonly cpu: CpuPerMessage | null;
}

/** Nothing has come for so long after the last image: what is missing is lost, ms. */
const STALLED_MS = 15_000;

/** @param first number of the first image of this part: none before has it */
export async function measureLatency(
  context: RunContext,
  plan: LatencyPlan,
  first: number,
): Promise<LatencyReport> {
  const beside = plan.neighbours > 0 ? `, beside ${plan.neighbours} spinning` : '';
  context.progress.step(`${plan.rate} images/s for ${plan.seconds} s${beside}`);
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

  /** Sends on schedule, and reads meanwhile until everything is there or nothing comes any more. */
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

  /** The prediction's own times say how long it was inside the program; what is before and after is told by our clock. */
  #addSample({ timing }: Prediction, predictedAt: number, due: number, readAt: number): void {
    const total = readAt - due;
    // Written with whole milliseconds; on average half of one is cut off.
    const publish = Math.max(0, readAt - (predictedAt + 0.5 - this.#clockOffset));
    this.#samples.total.push(total);
    this.#samples.publish.push(publish);
    this.#samples.inference.push(timing.inferenceMs);
    this.#samples.queue.push(Math.max(0, timing.totalMs - timing.inferenceMs));
    this.#samples.broker.push(Math.max(0, total - publish - timing.totalMs));
  }
}

/**
 * ms to add to the monotonic clock for ms since 1970, taken at a tick of that clock, since it tells whole milliseconds only.
 * `performance.timeOrigin` would not do: the wall clock is adjusted while a process runs.
 */
function wallClockOffset(): number {
  const before = Date.now();
  for (;;) {
    const now = Date.now();
    if (now !== before) return now - performance.now();
  }
}
