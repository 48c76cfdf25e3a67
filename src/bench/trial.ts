import type { Config } from '../config/schema';
import type { ModelIdentity } from '../core/prediction';
import type { NativeCost } from './floor';
import { measureLatency, type LatencyPlan, type LatencyReport } from './latency';
import { Load } from './load';
import { PredictionFeed } from './prediction-feed';
import type { LoadImages } from './load-images';
import type { Profile } from './profiles';
import type { BenchProgress } from './run-context';
import type { Environment } from './environment';
import type { RunContext } from './run-context';
import { modelOf, type SystemUnderTest } from './system-under-test';
import { drainBacklog, flowThrough, type Drained, type ThroughputReport } from './throughput';
import { totalOf, type LoadPlan } from './warm-up';

export interface TrialPlan {
  readonly environment: Environment;
  /** Its topics and group belong to this trial only. */
  readonly config: Config;
  readonly profile: Profile;
  readonly images: LoadImages;
  /** Images of the throughput part; null skips it. */
  readonly load: LoadPlan | null;
  /** Measure the native client on the same messages; needs a backlog. */
  readonly floor: boolean;
  /** null skips the latency part. */
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
 * Runs the program once on its own topics and measures at full speed, then at a fixed rate. The native client
 * processes the same messages after the program has stopped.
 */
export async function runTrial(plan: TrialPlan): Promise<TrialReport> {
  const { environment, config, progress, signal } = plan;
  await environment.prepare(config);
  try {
    if (environment.backlog !== null && plan.load !== null)
      await publishBacklog(plan, environment.backlog.broker, totalOf(plan.load));
    const { values, ...measured } = await runProgram(plan);
    return { ...measured, native: await measureFloor(plan, values) };
  } finally {
    if (!signal.aborted) progress.step('deleting the topics');
    await environment.remove(config);
  }
}

async function runProgram(plan: TrialPlan): Promise<Measured> {
  plan.progress.step('starting the program');
  const system = await plan.environment.start(plan.config, plan.signal);
  try {
    return await measure(plan, system);
  } finally {
    await system.stop();
  }
}

async function measureFloor(
  { environment, config, load, floor, progress, signal }: TrialPlan,
  values: readonly Buffer[],
): Promise<NativeCost | null> {
  if (!floor || environment.backlog === null || load === null || values.length === 0) return null;
  progress.step('measuring the native client alone');
  const encoded = values.map((value) => value.toString('base64'));
  const task = { values: encoded, count: totalOf(load), warmUp: load.warmUp };
  return await environment.backlog.measureNative(config, task, signal);
}

async function publishBacklog(
  plan: TrialPlan,
  broker: SystemUnderTest['broker'],
  count: number,
): Promise<void> {
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

async function measure(plan: TrialPlan, system: SystemUnderTest): Promise<Measured> {
  return await withLoad(plan, system.broker, async (load) => {
    const common = { system, load, signal: plan.signal, progress: plan.progress };
    const open = () => PredictionFeed.open(system.broker, plan.config.output.topic, plan.signal);
    const throughput = await measureThroughput(plan, common, open);
    const feed = throughput?.feed ?? (await open());
    try {
      const latency =
        plan.latency === null
          ? null
          : await measureLatency({ ...common, feed }, plan.latency, plan.load ? totalOf(plan.load) : 0);
      const model = await modelOf(system);
      return { model, throughput: throughput?.report ?? null, latency, values: throughput?.values ?? [] };
    } finally {
      await feed.close();
    }
  });
}

/** With a backlog, the predictions are read afterwards, so that the reader uses no CPU time during the measurement. */
async function measureThroughput(
  { environment, config, load, profile, images }: TrialPlan,
  common: Omit<RunContext, 'feed'>,
  open: () => Promise<PredictionFeed>,
): Promise<Drained | null> {
  if (load === null) return null;
  common.progress.step('measuring throughput at full speed');
  const part = { load, judged: profile.judged && images.labels !== undefined };
  if (environment.backlog !== null) {
    const watch = await environment.backlog.watch(config);
    return await drainBacklog(common, part, watch, open).finally(() => watch.close());
  }
  const feed = await open();
  try {
    return { report: await flowThrough({ ...common, feed }, part, environment.window), feed, values: [] };
  } catch (error) {
    await feed.close();
    throw error;
  }
}

async function withLoad<T>(
  { config, profile, images, signal }: TrialPlan,
  broker: SystemUnderTest['broker'],
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
