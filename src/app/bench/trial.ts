import type { Config } from '../../config/schema';
import type { ModelIdentity } from '../../core/prediction';
import type { ImageSet } from '../../dataset/image-set';
import { measureLatency, type LatencyPlan, type LatencyReport } from './latency';
import { Load } from './load';
import { PredictionFeed } from './prediction-feed';
import type { Profile } from './profiles';
import type { BenchProgress } from './progress';
import type { Site } from './site';
import type { Stage } from './stage';
import { modelOf, type Subject } from './subject';
import { drainBacklog, flowThrough, type ThroughputReport } from './throughput';

export interface TrialPlan {
  readonly site: Site;
  /** With topics and a group that nobody else uses. */
  readonly config: Config;
  readonly profile: Profile;
  readonly images: ImageSet;
  /** Images of the throughput part; null leaves it out. */
  readonly count: number | null;
  /** null leaves the latency part out. */
  readonly latency: LatencyPlan | null;
  readonly signal: AbortSignal;
  readonly progress: BenchProgress;
}

export interface TrialReport {
  readonly model: ModelIdentity;
  readonly throughput: ThroughputReport | null;
  readonly latency: LatencyReport | null;
}

/** Runs the program once on topics of its own, and measures: first as fast as it can, then at a rate. */
export async function runTrial(plan: TrialPlan): Promise<TrialReport> {
  const { site, config, progress, signal } = plan;
  await site.prepare(config);
  try {
    if (site.backlog !== null && plan.count !== null) await publishBacklog(plan, site.backlog, plan.count);
    progress.step('starting the program');
    const subject = await site.start(config, signal);
    try {
      return await measure(plan, subject);
    } finally {
      await subject.stop();
    }
  } finally {
    if (!signal.aborted) progress.step('removing the topics');
    await site.remove(config);
  }
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

async function measure(plan: TrialPlan, subject: Subject): Promise<TrialReport> {
  return await withLoad(plan, subject.broker, async (load) => {
    const common = { subject, load, signal: plan.signal, progress: plan.progress };
    const open = () => PredictionFeed.open(subject.broker, plan.config.output.topic, plan.signal);
    const throughput = await measureThroughput(plan, common, open);
    const feed = throughput?.feed ?? (await open());
    try {
      const latency =
        plan.latency === null
          ? null
          : await measureLatency({ ...common, feed }, plan.latency, plan.count ?? 0);
      return { model: await modelOf(subject), throughput: throughput?.report ?? null, latency };
    } finally {
      await feed.close();
    }
  });
}

/** Of a backlog the predictions are read afterwards, so that the reader does not take its share of the processors. */
async function measureThroughput(
  { site, count, profile }: TrialPlan,
  common: Omit<Stage, 'feed'>,
  open: () => Promise<PredictionFeed>,
): Promise<{ report: ThroughputReport; feed: PredictionFeed } | null> {
  if (count === null) return null;
  common.progress.step('as fast as it can');
  const part = { count, judged: profile.judged };
  if (site.backlog !== null) return await drainBacklog(common, part, open);
  const feed = await open();
  try {
    return { report: await flowThrough({ ...common, feed }, part, site.window), feed };
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
