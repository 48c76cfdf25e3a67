import { StreamInferError } from '../../core/errors';
import type { Prediction } from '../../core/prediction';
import type { Reading } from './prediction-feed';
import { distributionOf, type Distribution } from './quantiles';
import { cpuBetween, ResourceMonitor, type CpuPerMessage } from './resources';
import type { ResourceMark } from './resources';
import { dueAt, runSchedule } from './schedule';
import { Tally } from './tally';
import type { Stage } from './trial';

export interface LatencyPlan {
  /** Images a second. */
  readonly rate: number;
  /** How long it counts, after the warm-up. */
  readonly seconds: number;
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
   * `broker`: until the image has arrived at the program; `queue`: until its batch is with a worker; `inference`: the worker's
   * time for the batch; `publish`: from the prediction until it was read. ms
   */
  readonly stages: Readonly<Record<StageName, Distribution>>;
  /** How late the load was sent: what the load itself has added, ms. */
  readonly sentLate: Distribution;
  /** null where it cannot be read. */
  readonly cpu: CpuPerMessage | null;
}

type Samples = Record<StageName | 'total', number[]>;

/** Nothing has come for so long after the last image: what is missing is lost, ms. */
const STALLED_MS = 15_000;
/** Cut off at the beginning, s: a fifth of the time that counts, at most. */
const WARM_UP_SECONDS = 2;

/** @param first number of the first image of this part: none before has it */
export async function measureLatency(stage: Stage, plan: LatencyPlan, first: number): Promise<LatencyReport> {
  const { rate, seconds } = plan;
  const { subject, load, feed, signal, progress } = stage;
  progress.step(`${rate} images/s for ${seconds} s`);
  const warm = Math.ceil(rate * Math.min(WARM_UP_SECONDS, seconds / 5));
  const images = warm + Math.max(1, Math.round(rate * seconds));
  const tally = new Tally(first, images);
  const samples: Samples = { total: [], broker: [], queue: [], inference: [], publish: [] };
  const sentLate: number[] = [];
  const monitor = new ResourceMonitor(subject.pids);
  let warmMark: { mark: ResourceMark; done: number } | undefined;
  let cpu: CpuPerMessage | null = null;
  const startedAt = performance.now();
  const dueOf = (n: number) => startedAt + dueAt(n, rate);
  let sending = true;
  const over = new AbortController();
  const schedule = {
    rate,
    count: images,
    signal: AbortSignal.any([signal, over.signal]),
    send: (from: number, to: number) => {
      const now = performance.now();
      for (let n = Math.max(from, warm); n < to; n++) sentLate.push(now - dueOf(n));
      load.send(first + from, first + to, (n) => Math.round(toWallClock(dueOf(n - first))));
    },
  };
  const onReading = ({ number, prediction, readAt }: Reading) => {
    const predictedAt = Date.parse(prediction.predictedAt);
    if (!tally.add({ number, predictedAt, correct: false })) return;
    progress.update(tally.distinct, images);
    const n = number - first;
    if (n < warm) return;
    warmMark ??= { mark: monitor.mark(), done: tally.distinct };
    addSample(samples, prediction, dueOf(n), readAt);
  };
  try {
    const sent = runSchedule(schedule, startedAt).finally(() => (sending = false));
    await feed.read(
      onReading,
      () => tally.complete,
      () => (sending ? Infinity : STALLED_MS),
    );
    if (warmMark) cpu = cpuBetween(warmMark.mark, monitor.mark(), tally.distinct - warmMark.done);
    over.abort();
    await sent;
    await load.settled();
  } finally {
    over.abort();
    monitor.close();
  }
  if (signal.aborted) throw new StreamInferError('ABORTED', 'stopped');
  const { total, ...stages } = mapValues(samples, distributionOf);
  return { ...plan, images, ...tally.counts, total, stages, sentLate: distributionOf(sentLate), cpu };
}

/** The prediction's own times say how long it was inside the program; what is before and after is told by our clock. */
function addSample(samples: Samples, { timing, predictedAt }: Prediction, due: number, readAt: number): void {
  const total = readAt - due;
  // Written with whole milliseconds; on average half of one is cut off.
  const publish = Math.max(0, readAt - (toMonotonic(Date.parse(predictedAt)) + 0.5));
  samples.total.push(total);
  samples.publish.push(publish);
  samples.inference.push(timing.inferenceMs);
  samples.queue.push(Math.max(0, timing.totalMs - timing.inferenceMs));
  samples.broker.push(Math.max(0, total - publish - timing.totalMs));
}

function toWallClock(monotonic: number): number {
  return performance.timeOrigin + monotonic;
}

function toMonotonic(wallClock: number): number {
  return wallClock - performance.timeOrigin;
}

function mapValues<K extends string, A, B>(record: Record<K, A>, change: (value: A) => B): Record<K, B> {
  return Object.fromEntries(Object.entries<A>(record).map(([key, value]) => [key, change(value)])) as Record<
    K,
    B
  >;
}
