import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Command } from 'commander';
import { lostIn, NO_FLOOR, runBench, type BenchOptions } from '../../bench/bench';
import { createMemoryEnvironment } from '../../bench/memory-environment';
import { latencyWarmUp } from '../../bench/latency';
import { createProcessEnvironment, EMBEDDED_FETCH } from '../../bench/process-environment';
import { BUILT_IN_PARTITIONS, type BenchPart } from '../../bench/parts';
import type { BenchFormat } from '../../bench/formats';
import { loadFor, shapeOf } from '../../bench/load-images';
import type { ProfileName } from '../../bench/profiles';
import type { Environment } from '../../bench/environment';
import { runSweep } from '../../bench/sweep';
import type { LoadPlan } from '../../bench/warm-up';
import { createLogger } from '../../setup/logger';
import { listenForStop } from '../../setup/stop-signals';
import { livesInProcess } from '../../config/broker';
import type { Config } from '../../config/schema';
import { StreamInferError } from '../../core/errors';
import type { Log } from '../../core/ports';
import { createBenchProgress, type ShownProgress } from '../bench-progress';
import { renderBench, renderSweep } from '../bench-report';
import { configFrom } from '../config-from';
import { withBroker } from '../connection';
import { EXIT } from '../exit';

interface BenchFlags {
  readonly profile: ProfileName;
  readonly format?: BenchFormat;
  readonly parts: ReadonlySet<BenchPart>;
  readonly count?: number;
  readonly warmUp?: number;
  readonly latencyRate: number;
  readonly seconds: number;
  readonly neighbours: number;
  readonly processes: number;
  readonly partitions: number;
  readonly embedded?: boolean;
  readonly suggest?: boolean;
  readonly json?: boolean;
}

/** Pub/Sub's emulators reach about a tenth of Kafka's throughput. */
const LOADS: Readonly<Record<Config['broker'], LoadPlan>> = {
  kafka: { warmUp: 100_000, count: 200_000 },
  memory: { warmUp: 100_000, count: 200_000 },
  pubsub: { warmUp: 10_000, count: 40_000 },
};

export async function bench(flags: BenchFlags, command: Command): Promise<void> {
  const defaults = { broker: 'kafka', ...(flags.embedded && { 'kafka.embedded': true }) };
  const { config } = configFrom(command, 'inference', defaults);
  assertPossible(flags, config, {
    model: command.getOptionValueSource('model') === 'cli',
    parts: command.getOptionValueSource('parts') === 'cli',
  });
  const usual = loadFor(await shapeOf(flags.profile, config), LOADS[config.broker]);
  const own = withOwnNames(config, `stream-infer-bench-${randomBytes(3).toString('hex')}`);
  const progress = createBenchProgress(process.stderr);
  try {
    await withEnvironment(own, flags, async (environment) => {
      const options = { ...toOptions(flags, usual), ...environment, config: own, progress };
      if (flags.suggest) await suggest(options, flags);
      else await measure(options, flags, progress);
    });
  } finally {
    progress.stop();
  }
}

async function measure(options: BenchOptions, { json }: BenchFlags, progress: ShownProgress): Promise<void> {
  const report = await runBench(options);
  progress.stop();
  process.stdout.write(json ? `${JSON.stringify(report, null, 2)}\n` : renderBench(report));
  failIfLost(lostIn(report));
}

async function suggest(options: BenchOptions, { json }: BenchFlags): Promise<void> {
  const report = await runSweep(options);
  process.stdout.write(json ? `${JSON.stringify(report, null, 2)}\n` : renderSweep(report));
  failIfLost(report.endToEnd.reduce((sum, { lost }) => sum + lost, 0));
}

function failIfLost(lost: number): void {
  if (lost === 0) return;
  process.stderr.write(`bench: ${lost} images have no prediction\n`);
  process.exitCode = EXIT.failure;
}

function toOptions(flags: BenchFlags, usual: LoadPlan) {
  const { profile, format, parts, latencyRate: rate, seconds, neighbours, processes, partitions } = flags;
  const { count = usual.count, warmUp = usual.warmUp } = flags;
  const warmUpSeconds = latencyWarmUp(seconds, !parts.has('throughput'));
  const latency = { rate, seconds, warmUpSeconds, neighbours };
  return { profile, format, parts, load: { count, warmUp }, latency, processes, partitions };
}

/** The memory broker lives inside the measured program, which therefore runs in this process. */
async function withEnvironment(
  config: Config,
  { processes, partitions }: BenchFlags,
  work: (given: { environment: Environment; log: Log; signal: AbortSignal }) => Promise<void>,
): Promise<void> {
  if (config.broker === 'memory') return await withMemoryEnvironment(config, work);
  const folder = mkdtempSync(join(tmpdir(), 'stream-infer-bench-'));
  try {
    await withBroker(sendingAtOnce(config), async ({ broker, log, signal }) => {
      const environment = createProcessEnvironment({ broker, processes, partitions, folder }, config);
      await work({ environment, log, signal });
    });
  } finally {
    rmSync(folder, { recursive: true });
  }
}

async function withMemoryEnvironment(
  config: Config,
  work: (given: { environment: Environment; log: Log; signal: AbortSignal }) => Promise<void>,
): Promise<void> {
  const log = createLogger({ ...config.log, level: config.log.level === 'info' ? 'warn' : config.log.level });
  const stop = listenForStop(() => undefined);
  try {
    await work({ environment: createMemoryEnvironment(log), log, signal: stop.signal });
  } finally {
    stop.dispose();
  }
}

/** A publisher that waits to fill a batch would add to the latency. The measured program keeps its own setting. */
function sendingAtOnce(config: Config): Config {
  const { embedded, properties: given } = config.kafka;
  const properties = { ...(embedded && EMBEDDED_FETCH), ...given, 'linger.ms': '0' };
  return { ...config, kafka: { ...config.kafka, properties } };
}

/** Unique topics, group and results, and neither rules nor routes. Results stay in memory unless `--store` names a file. */
function withOwnNames(config: Config, name: string): Config {
  return {
    ...config,
    store: { ...config.store, path: config.store.path ?? 'none' },
    input: { ...config.input, topic: `${name}-images`, group: name, subscription: `${name}-images-sub` },
    output: {
      ...config.output,
      topic: `${name}-predictions`,
      dlq: `${name}-dlq`,
      routes: [],
      unmatched: 'topic',
    },
    alerts: [],
  };
}

function assertPossible(
  { profile, format, parts, processes, partitions, suggest: sweeps }: BenchFlags,
  config: Config,
  given: { readonly model: boolean; readonly parts: boolean },
): void {
  const real = !livesInProcess(config);
  const problem =
    (config.broker === 'memory' && processes > 1 && 'the memory broker lives inside one process') ||
    (!real &&
      partitions !== BUILT_IN_PARTITIONS &&
      `this broker always has ${BUILT_IN_PARTITIONS} partitions; omit --partitions`) ||
    (sweeps && processes > 1 && '--suggest works with one process; omit --processes') ||
    (given.parts &&
      parts.has('floor') &&
      !parts.has('throughput') &&
      'the floor needs the throughput: --parts throughput,floor') ||
    (given.parts && parts.has('floor') && (!real || config.broker !== 'kafka') && NO_FLOOR) ||
    (profile !== 'cnn' &&
      format !== undefined &&
      `the profile ${profile} has its own format; omit --format`) ||
    (profile !== 'cnn' && given.model && `the profile ${profile} has its own model; omit --model`);
  if (problem) throw new StreamInferError('USAGE', problem);
}
