import { availableParallelism } from 'node:os';
import type { Config } from '../../config/schema';
import { StreamInferError } from '../../core/errors';
import type { Broker, Log } from '../../core/ports';
import type { Precision } from '../../core/precision';
import type { Prediction, RuntimeName } from '../../core/prediction';
import { loadDemoImages, type ImageSet } from '../../dataset/fashion-mnist';
import { resolveModelDir } from '../../inference/model-files';
import { createPool } from '../../inference/pool';
import type { Quantiles } from '../../results/view';
import { topicsOf } from '../connect';
import { publishImages } from '../image-publisher';
import { PREDICTION_READER_LIMITS } from '../prediction-reader';
import { HttpProbe } from './http-probe';
import { measureCeiling } from './ceiling';
import { quantilesOf } from './quantiles';
import { Subject } from './subject';

export interface BenchOptions {
  readonly config: Config;
  readonly broker: Broker;
  readonly log: Log;
  readonly signal: AbortSignal;
  /** Images of the throughput part. */
  readonly count: number;
  /** Images/s of the latency part, which lasts `latencySeconds`. */
  readonly rate: number;
  readonly latencySeconds: number;
  /** Flags that make the measured process use the same broker and topics. */
  readonly subjectFlags: readonly string[];
  readonly onStep: (step: string) => void;
}

export interface BenchReport {
  readonly runtime: RuntimeName;
  readonly precision: Precision;
  readonly workers: number;
  readonly maxBatch: number;
  /** Images/s of the pool alone. */
  readonly ceiling: number;
  /** Images/s end to end, first tenth cut off, by the predictions' own times. */
  readonly throughput: number;
  readonly ofCeiling: number;
  readonly images: number;
  readonly lost: number;
  readonly duplicates: number;
  readonly accuracy: number;
  /** Message timestamp to prediction read at `rate` images/s, ms. */
  readonly latency: Quantiles & { readonly rate: number };
  /** GET /api/v1/stats under full load, 20 a second, first tenth cut off, ms. */
  readonly probe: Quantiles & { readonly failures: number };
  /** Bytes, in the first and the last quarter of the run and at most. */
  readonly rss: { readonly early: number; readonly late: number; readonly peak: number };
}

/** Publishes real images to a real broker and measures `stream-infer run` on them, from outside. */
export async function runBench(options: BenchOptions): Promise<BenchReport> {
  const { config, broker, signal, onStep } = options;
  const images = await loadDemoImages({ dataDir: config.dataDir });
  const workers = config.inference.workers === 'auto' ? availableParallelism() : config.inference.workers;
  onStep(`inference alone, ${workers} workers`);
  const { ceiling, runtime, precision } = await ceilingOf(config, images, workers, options.log);
  const admin = broker.createAdmin();
  const topics = topicsOf(config);
  await admin.createTopics(topics);
  try {
    onStep(`publishing ${options.count} images`);
    await publishMany(options, images, options.count);
    onStep('running at full load');
    const { subject, probe, predictions } = await runAtFullLoad(options);
    onStep(`${options.rate} images/s for ${options.latencySeconds} s`);
    const latencies = await runAtRate(options, images);
    await subject.stop();
    const throughput = throughputOf(predictions);
    return {
      runtime,
      precision,
      workers,
      maxBatch: config.inference.maxBatch,
      ceiling,
      throughput,
      ofCeiling: throughput / ceiling,
      images: options.count,
      ...countsOf(predictions, options.count),
      latency: { rate: options.rate, ...quantilesOf(latencies) },
      probe,
      rss: rssOf(subject.rssBytes),
    };
  } finally {
    if (!signal.aborted) onStep('removing the topics');
    await admin.deleteTopics(topics);
    await admin.close();
  }
}

async function ceilingOf(
  config: Config,
  images: ImageSet,
  workers: number,
  log: Log,
): Promise<Pick<BenchReport, 'ceiling' | 'runtime' | 'precision'>> {
  const { inference } = config;
  const pool = await createPool({
    modelDir: await resolveModelDir(inference.model),
    runtime: inference.runtime,
    precision: inference.precision,
    workers,
    maxBatch: inference.maxBatch,
    invert: inference.invert,
    taskTimeoutMs: inference.taskTimeout,
    startTimeoutMs: 60_000,
    log,
  });
  try {
    return {
      ceiling: await measureCeiling(pool, images, inference.maxBatch, 4_000),
      runtime: pool.model.runtime,
      precision: pool.model.precision,
    };
  } finally {
    await pool.close();
  }
}

async function publishMany(
  { broker, config, signal }: BenchOptions,
  images: ImageSet,
  count: number,
): Promise<void> {
  const sink = broker.createSink();
  try {
    await sink.open(signal);
    const common = { sink, topic: config.input.topic, images, withTruth: true, signal };
    for (let left = count; left > 0 && !signal.aborted; left -= images.size) {
      await publishImages({ ...common, start: 0, end: Math.min(left, images.size) });
    }
  } finally {
    await sink.close();
  }
}

async function runAtFullLoad(options: BenchOptions) {
  const subject = await Subject.start(options.subjectFlags);
  const probe = new HttpProbe(`${subject.url}/api/v1/stats`);
  try {
    await untilPredicted(subject, options);
    const times = afterWarmUp(await probe.stop());
    const predictions = await readAll(options);
    return { subject, probe: { ...quantilesOf(times), failures: probe.failures }, predictions };
  } catch (error) {
    await probe.stop();
    await subject.stop();
    throw error;
  }
}

/** Waits by the process's own count, so that reading the predictions does not take its share of the processors. */
async function untilPredicted({ url }: Subject, { count, signal }: BenchOptions): Promise<void> {
  for (;;) {
    if (signal.aborted) throw new StreamInferError('ABORTED', 'stopped');
    const response = await fetch(`${url}/api/v1/stats`, { signal: AbortSignal.timeout(30_000) });
    const { predictions, deadLetters } = (await response.json()) as {
      predictions: number;
      deadLetters: number;
    };
    if (predictions + deadLetters >= count) return;
    await new Promise((resolve) => setTimeout(resolve, 250));
  }
}

/** What the throughput part needs of a prediction; all of them as objects would take gigabytes. */
interface Seen {
  readonly id: string;
  readonly predictedAt: number;
  readonly correct: boolean;
}

async function readAll({ broker, config, count, signal }: BenchOptions): Promise<Seen[]> {
  const source = broker.createSource({
    topic: config.output.topic,
    group: null,
    from: 'earliest',
    ...PREDICTION_READER_LIMITS,
  });
  const seen: Seen[] = [];
  try {
    await source.open(signal);
    for (let quietSince = performance.now(); performance.now() - quietSince < 2_000 || seen.length < count;) {
      const deliveries = await source.receive(5_000, signal);
      if (deliveries.length > 0) quietSince = performance.now();
      if (signal.aborted || performance.now() - quietSince > 15_000) break;
      for (const { value } of deliveries) {
        const { id, predictedAt, correct } = JSON.parse(String(value)) as Prediction;
        seen.push({ id, predictedAt: Date.parse(predictedAt), correct: correct === true });
      }
    }
  } finally {
    await source.close();
  }
  return seen;
}

async function runAtRate(options: BenchOptions, images: ImageSet): Promise<number[]> {
  const { broker, config, rate, latencySeconds, signal } = options;
  const source = broker.createSource({
    topic: config.output.topic,
    group: null,
    from: 'latest',
    ...PREDICTION_READER_LIMITS,
  });
  const sink = broker.createSink();
  const total = Math.round(rate * latencySeconds);
  const latencies: number[] = [];
  try {
    await source.open(signal);
    await sink.open(signal);
    const stop = new AbortController();
    const publishing = publishImages({
      sink,
      topic: config.input.topic,
      images,
      start: 0,
      end: images.size,
      rate,
      loop: true,
      signal: AbortSignal.any([signal, stop.signal]),
    });
    const deadline = performance.now() + latencySeconds * 1_000 + 30_000;
    while (latencies.length < total && performance.now() < deadline && !signal.aborted) {
      const deliveries = await source.receive(1_000, signal);
      const now = Date.now();
      for (const { value } of deliveries) {
        const { source: origin } = JSON.parse(String(value)) as Prediction;
        latencies.push(now - Date.parse(origin.timestamp));
      }
    }
    stop.abort();
    await publishing;
  } finally {
    await sink.close();
    await source.close();
  }
  // The first second is the warm-up of reader and publisher.
  return latencies.slice(Math.min(rate, Math.floor(latencies.length / 4)));
}

function throughputOf(seen: readonly Seen[]): number {
  const times = afterWarmUp(seen.map(({ predictedAt }) => predictedAt).sort((a, b) => a - b));
  return times.length / (((times.at(-1) ?? NaN) - (times[0] ?? NaN)) / 1000);
}

/** Without the first tenth, while code is compiled and caches fill. */
function afterWarmUp<T>(samples: readonly T[]): readonly T[] {
  return samples.slice(Math.floor(samples.length / 10));
}

function countsOf(
  seen: readonly Seen[],
  count: number,
): { lost: number; duplicates: number; accuracy: number } {
  const byId = new Map(seen.map((prediction) => [prediction.id, prediction]));
  const correct = [...byId.values()].filter((prediction) => prediction.correct).length;
  return { lost: count - byId.size, duplicates: seen.length - byId.size, accuracy: correct / byId.size };
}

function rssOf(samples: readonly number[]): BenchReport['rss'] {
  const quarter = Math.max(1, Math.floor(samples.length / 4));
  const median = (part: readonly number[]) =>
    [...part].sort((a, b) => a - b)[Math.floor(part.length / 2)] ?? 0;
  return {
    early: median(samples.slice(0, quarter)),
    late: median(samples.slice(-quarter)),
    peak: Math.max(0, ...samples),
  };
}
