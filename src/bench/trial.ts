import type { Config } from '../config/schema';
import type { ModelIdentity } from '../core/prediction';
import type { ImageSet } from '../dataset/image-set';
import type { NativeCost } from './floor';
import { measureLatency, type LatencyPlan, type LatencyReport } from './latency';
import { Load } from './load';
import { PredictionFeed } from './prediction-feed';
import type { Profile } from './profiles';
import type { BenchProgress } from './progress';
import type { Site } from './site';
import type { Stage } from './stage';
import { modelOf, type Subject } from './subject';
import { drainBacklog, flowThrough, type Drained, type ThroughputReport } from './throughput';
import { totalOf, type LoadPlan } from './warm-up';

export interface TrialPlan {
  readonly site: Site;
  /** With topics and a group that nobody else uses. */
  readonly config: Config;
  readonly profile: Profile;
  readonly images: ImageSet;
  /** Images of the throughput part; null leaves it out. */
  readonly load: LoadPlan | null;
  /** Measure what the native client needs for the same messages; only where there is a backlog of them. */
  readonly floor: boolean;
  /** null leaves the latency part out. */
  readonly latency: LatencyPlan | null;
  readonly signal: AbortSignal;
  readonly progress: BenchProgress;
}

export interface TrialReport {
  readonly model: ModelIdentity;
  readonly throughput: ThroughputReport | null;
  readonly latency: LatencyReport | null;
  readonly native: NativeCost | null;
}

interface Measured extends Omit<TrialReport, 'native'> {
  readonly values: readonly Buffer[];
}

/**
 * Runs the program once on topics of its own, and measures: first as fast as it can, then at a rate. The native client alone
 * comes after it on the same messages, when the program has gone.
 */
export async function runTrial(plan: TrialPlan): Promise<TrialReport> {
  const { site, config, progress, signal } = plan;
  await site.prepare(config);
  try {
    if (site.backlog !== null && plan.load !== null)
      await publishBacklog(plan, site.backlog.broker, totalOf(plan.load));
    const { values, ...measured } = await runProgram(plan);
    return { ...measured, native: await measureFloor(plan, values) };
  } finally {
    if (!signal.aborted) progress.step('removing the topics');
    await site.remove(config);
  }
}

async function runProgram(plan: TrialPlan): Promise<Measured> {
  plan.progress.step('starting the program');
  const subject = await plan.site.start(plan.config, plan.signal);
  try {
    return await measure(plan, subject);
  } finally {
    await subject.stop();
  }
}

async function measureFloor(
  { site, config, load, floor, progress, signal }: TrialPlan,
  values: readonly Buffer[],
): Promise<NativeCost | null> {
  if (!floor || site.backlog === null || load === null || values.length === 0) return null;
  progress.step('consume and produce alone');
  const encoded = values.map((value) => value.toString('base64'));
  const task = { values: encoded, count: totalOf(load), warmUp: load.warmUp };
  return await site.backlog.measureNative(config, task, signal);
}

async function publishBacklog(plan: TrialPlan, broker: Subject['broker'], count: number): Promise<void> {
  const { progress, signal } = plan;
  progress.step(`publishing ${count} images`);
  await withLoad(plan, broker, async (load) => {
    for (let at = 0; at < count && !signal.aborted; at += 5_000) {
      const end = Math.min(count, at + 5_000);
      await load.publish(at, end);
      progress.update(end, count);
    }
  });
}

async function measure(plan: TrialPlan, subject: Subject): Promise<Measured> {
  return await withLoad(plan, subject.broker, async (load) => {
    const common = { subject, load, signal: plan.signal, progress: plan.progress };
    const open = () => PredictionFeed.open(subject.broker, plan.config.output.topic, plan.signal);
    const throughput = await measureThroughput(plan, common, open);
    const feed = throughput?.feed ?? (await open());
    try {
      const latency =
        plan.latency === null
          ? null
          : await measureLatency({ ...common, feed }, plan.latency, plan.load ? totalOf(plan.load) : 0);
      const model = await modelOf(subject);
      return { model, throughput: throughput?.report ?? null, latency, values: throughput?.values ?? [] };
    } finally {
      await feed.close();
    }
  });
}

/** Of a backlog the predictions are read afterwards, so that the reader does not take its share of the processors. */
async function measureThroughput(
  { site, config, load, profile }: TrialPlan,
  common: Omit<Stage, 'feed'>,
  open: () => Promise<PredictionFeed>,
): Promise<Drained | null> {
  if (load === null) return null;
  common.progress.step('as fast as it can');
  const part = { load, judged: profile.judged };
  if (site.backlog !== null) {
    const watch = await site.backlog.watch(config);
    return await drainBacklog(common, part, watch, open).finally(() => watch.close());
  }
  const feed = await open();
  try {
    return { report: await flowThrough({ ...common, feed }, part, site.window), feed, values: [] };
  } catch (error) {
    await feed.close();
    throw error;
  }
}

async function withLoad<T>(
  { config, profile, images, signal }: TrialPlan,
  broker: Subject['broker'],
  work: (load: Load) => Promise<T>,
): Promise<T> {
  const sink = broker.createSink();
  try {
    await sink.open(signal);
    return await work(new Load(sink, config.input.topic, profile, images));
  } finally {
    await sink.close();
  }
}
