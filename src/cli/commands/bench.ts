import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Command, InvalidArgumentError, Option } from 'commander';
import {
  BENCH_PARTS,
  lostIn,
  NO_FLOOR,
  runBench,
  type BenchOptions,
  type BenchPart,
} from '../../bench/bench';
import { createMemoryEnvironment } from '../../bench/memory-environment';
import { latencyWarmUp } from '../../bench/latency';
import { createProcessEnvironment, EMBEDDED_FETCH } from '../../bench/process-environment';
import { PROFILE_NAMES, type ProfileName } from '../../bench/profiles';
import type { Environment } from '../../bench/environment';
import { runSweep } from '../../bench/sweep';
import type { LoadPlan } from '../../bench/warm-up';
import { createLogger } from '../../setup/logger';
import { listenForStop } from '../../setup/stop-signals';
import type { Config } from '../../config/schema';
import { StreamInferError } from '../../core/errors';
import type { Log } from '../../core/ports';
import { positiveNumber, positiveWholeNumber, wholeNumber } from '../arguments';
import { createBenchProgress, type ShownProgress } from '../bench-progress';
import { renderBench, renderSweep } from '../bench-report';
import { addConfigFlags, configFrom } from '../config-flags';
import { withConnection } from '../connection';
import { EXIT } from '../exit';

interface BenchFlags {
  readonly profile: ProfileName;
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

/** What is meaningful on a broker: Pub/Sub's emulators do a tenth of what Kafka does. */
const LOADS: Readonly<Record<Config['broker'], LoadPlan>> = {
  kafka: { warmUp: 100_000, count: 200_000 },
  memory: { warmUp: 100_000, count: 200_000 },
  pubsub: { warmUp: 10_000, count: 40_000 },
};
/** What the memory broker and the embedded one have. */
const DEFAULT_PARTITIONS = 4;

export function benchCommand(): Command {
  const command = new Command('bench')
    .description('Measure this machine: publish images to a real broker and time stream-infer run on them.')
    .addOption(
      new Option('--profile <name>', 'cnn: the model, raw images; crayfish: a small net, JSON events')
        .choices(PROFILE_NAMES)
        .default('cnn'),
    )
    .addOption(
      new Option('--parts <list>', `what to measure, of ${BENCH_PARTS.join(',')}`)
        .argParser(partList)
        .default(new Set(BENCH_PARTS), 'all'),
    )
    .option('--count <n>', 'images that count as fast as it can (default: 200000)', positiveWholeNumber)
    .option('--warm-up <n>', 'images before those, at most 10 s (default: 100000)', wholeNumber)
    .option('--latency-rate <n>', 'images a second of the latency part', positiveNumber, 1_000)
    .option('--seconds <n>', 'how long the latency part lasts', positiveNumber, 10)
    .option('--neighbours <n>', 'processes that spin during the latency part', wholeNumber, 0)
    .option('--processes <n>', 'processes that share the work', positiveWholeNumber, 1)
    .option('--partitions <n>', 'partitions of the topics', positiveWholeNumber, DEFAULT_PARTITIONS)
    .option('--embedded', 'with kafka: no Kafka needed, librdkafka plays one')
    .option('--suggest', 'try settings, and suggest --workers and --max-batch for this machine')
    .option('--json', 'print one JSON report');
  addConfigFlags(command, 'inference');
  return command
    .addHelpText(
      'after',
      `
Creates topics of its own and removes them. Compare ratios of one run, not figures of two runs.
The floor is what consume, produce, bare inference and the broker need; on Kafka, in the same run.
On Kafka nothing reads the predictions while the program works; Pub/Sub has --count 40000 --warm-up 10000.
Exit code 1 when an image has no prediction in the end.

Examples:
  $ stream-infer bench --broker kafka
  $ stream-infer bench --broker kafka --parts throughput,floor
  $ stream-infer bench --broker kafka --parts latency --neighbours 1
  $ stream-infer bench --broker kafka --runtime tfjs-wasm --count 20000 --json
  $ stream-infer bench --broker kafka --profile crayfish --max-batch 1 --parts throughput
  $ stream-infer bench --broker kafka --suggest --count 20000
  $ stream-infer bench --broker memory`,
    )
    .action(async (flags: BenchFlags) => await bench(command, flags));
}

async function bench(command: Command, flags: BenchFlags): Promise<void> {
  const defaults = { broker: 'kafka', ...(flags.embedded && { 'kafka.embedded': true }) };
  const { config } = configFrom(command, 'inference', defaults);
  assertPossible(flags, config, {
    model: command.getOptionValueSource('model') === 'cli',
    parts: command.getOptionValueSource('parts') === 'cli',
  });
  const own = withOwnNames(config, `stream-infer-bench-${randomBytes(3).toString('hex')}`);
  const progress = createBenchProgress(process.stderr);
  try {
    await withEnvironment(own, flags, async (environment) => {
      const options = { ...toOptions(flags, own), ...environment, config: own, progress };
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

function toOptions(flags: BenchFlags, { broker }: Config) {
  const { profile, parts, latencyRate: rate, seconds, neighbours, processes, partitions } = flags;
  const { count = LOADS[broker].count, warmUp = LOADS[broker].warmUp } = flags;
  const warmUpSeconds = latencyWarmUp(seconds, !parts.has('throughput'));
  const latency = { rate, seconds, warmUpSeconds, neighbours };
  return { profile, parts, load: { count, warmUp }, latency, processes, partitions };
}

/** The memory broker lives inside the measured program, so that has to run in this process. */
async function withEnvironment(
  config: Config,
  { processes, partitions }: BenchFlags,
  work: (given: { environment: Environment; log: Log; signal: AbortSignal }) => Promise<void>,
): Promise<void> {
  if (config.broker === 'memory') return await withMemorySite(config, work);
  const folder = mkdtempSync(join(tmpdir(), 'stream-infer-bench-'));
  try {
    await withConnection(sendingAtOnce(config), async ({ broker, log, signal }) => {
      const environment = createProcessEnvironment({ broker, processes, partitions, folder }, config);
      await work({ environment, log, signal });
    });
  } finally {
    rmSync(folder, { recursive: true });
  }
}

async function withMemorySite(
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

/** The load must not wait for company, or its wait would count as latency. The measured program keeps its own setting. */
function sendingAtOnce(config: Config): Config {
  const { embedded, properties: given } = config.kafka;
  const properties = { ...(embedded && EMBEDDED_FETCH), ...given, 'linger.ms': '0' };
  return { ...config, kafka: { ...config.kafka, properties } };
}

/** Topics, a group and results that nobody else uses, and no rules: without a file asked for, results stay in memory. */
function withOwnNames(config: Config, name: string): Config {
  return {
    ...config,
    store: { ...config.store, path: config.store.path ?? 'none' },
    input: { ...config.input, topic: `${name}-images`, group: name, subscription: `${name}-images-sub` },
    output: { ...config.output, topic: `${name}-predictions`, dlq: `${name}-dlq` },
    alerts: [],
  };
}

function assertPossible(
  { profile, parts, processes, partitions, embedded, suggest: sweeps }: BenchFlags,
  config: Config,
  given: { readonly model: boolean; readonly parts: boolean },
): void {
  const real = config.broker !== 'memory' && !config.kafka.embedded;
  const problem =
    (embedded && config.broker !== 'kafka' && '--embedded goes with --broker kafka') ||
    (config.broker === 'memory' && processes > 1 && 'the memory broker lives inside one process') ||
    (!real && partitions !== DEFAULT_PARTITIONS && `this broker has ${DEFAULT_PARTITIONS} partitions`) ||
    (sweeps && processes > 1 && '--suggest tries one process') ||
    (given.parts && parts.has('floor') && !parts.has('throughput') && 'floor goes with throughput') ||
    (given.parts && parts.has('floor') && (!real || config.broker !== 'kafka') && NO_FLOOR) ||
    (profile !== 'cnn' && given.model && `the profile ${profile} has a model of its own`);
  if (problem) throw new StreamInferError('USAGE', problem);
}

function partList(text: string): ReadonlySet<BenchPart> {
  const parts = text.split(',').map((part) => part.trim());
  const isPart = (part: string): part is BenchPart => (BENCH_PARTS as readonly string[]).includes(part);
  if (!parts.every(isPart)) throw new InvalidArgumentError(`It must be of ${BENCH_PARTS.join(',')}.`);
  return new Set(parts);
}
