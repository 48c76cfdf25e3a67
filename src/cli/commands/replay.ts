import { SingleBar } from 'cli-progress';
import { Command } from 'commander';
import { planReplay, type ReplayPlan } from '../../replay/plan';
import { runReplay, type ReplayResult } from '../../replay/run-replay';
import type { LoadedConfig } from '../../config/load';
import { StreamInferError } from '../../core/errors';
import type { ScanBounds, ScanPosition } from '../../core/scan-range';
import { readModelFiles, resolveModelDir } from '../../models/files';
import { addConfigFlags, configFrom } from '../config-flags';
import { withConnection } from '../connection';
import { renderReplay, replayToJson } from '../replay-report';
import { scanPosition } from '../scan-position';

interface ReplayFlags {
  readonly from?: ScanPosition;
  readonly to?: ScanPosition;
  readonly group?: string;
  readonly sideTopic?: string;
  readonly compareWith?: string;
  readonly json?: boolean;
}

export function replayCommand(): Command {
  const command = new Command('replay')
    .description('Classify a past range of the input topic with another model version, and compare.')
    .option('--from <position>', 'first message: time, how long ago, offset, or earliest', readPosition)
    .option('--to <position>', 'behind the last one, not included (default: latest)', readPosition)
    .option('--side-topic <name>', 'where predictions go (default: <output>.replay-<model>-<version>)')
    .option('--compare-with <topic>', 'predictions of the other version (default: the output topic)')
    .option('--group <id>', 'remembers what was replayed (default: one of its own for each range)')
    .option('--json', 'print one JSON report');
  addConfigFlags(command, 'inference');
  return command
    .addHelpText(
      'after',
      `
A position is a time with its zone (2026-11-20T10:00:00Z; a day begins at 00:00 UTC), how long ago (2h, 30m), an offset
of every partition (1041), offsets by partition (0:1041,2:300: the others are not read), earliest or latest. from is
included and to is not, as in a slice.

Nobody's partitions move: the range is read beside the running consumers. Predictions go to the side topic, dead letters to
"<side topic>.dlq" (--dlq-topic names another one); both are made if they are missing. A replay that was stopped goes on
when the same command is given again, with the same --group where a position was relative; after a kill up to some
thousand predictions are there twice, with the same id. The report compares what is in both topics, message by message.

Kafka only: Pub/Sub has no offsets, and the error says what it can do instead.

Examples:
  $ stream-infer replay --broker kafka --from 2h --model fashion-mnist@2
  $ stream-infer replay --broker kafka --from 2026-11-20T10:00:00Z --to 2026-11-20T11:00:00Z --model fashion-mnist@2 --json
  $ stream-infer replay --broker kafka --from 0:1000,1:980 --to 0:2000,1:1990 --precision int8`,
    )
    .action(async (flags: ReplayFlags) => {
      const loaded = configFrom(command, 'inference');
      await runCommand(loaded, flags);
    });
}

async function runCommand({ config, sources }: LoadedConfig, flags: ReplayFlags): Promise<void> {
  if (flags.from === undefined)
    throw new StreamInferError(
      'USAGE',
      'say where to begin: --from <time, how long ago, offset, or earliest>',
    );
  if (flags.group?.trim() === '') throw new StreamInferError('USAGE', '--group wants a name (got "")');
  const fromFlag = (setting: string) => sources.get(setting)?.startsWith('flag') ?? false;
  if (fromFlag('delivery') && config.delivery === 'exactly-once')
    throw new StreamInferError('USAGE', 'a replay publishes at least once; leave --delivery out');
  if (fromFlag('inference.targetP99'))
    throw new StreamInferError('USAGE', 'a replay has no latency goal; leave --target-p99 out');
  const range = { from: flags.from, to: flags.to ?? { at: 'end' } } as const;
  const model = await readModel(config.inference.model);
  const sideDlq = fromFlag('output.dlq') ? config.output.dlq : undefined;
  const plan = planReplay(config, model, { ...flags, range, sideDlq });
  await withConnection(config, async (connection) => {
    const progress = new Progress(plan);
    try {
      const result = await runReplay({
        ...connection,
        config,
        modelDir: model.dir,
        plan,
        onStart: (bounds) => progress.start(bounds),
        onProgress: (done) => progress.update(done),
      });
      progress.stop();
      print(result, flags.json ?? false);
    } finally {
      progress.stop();
    }
  });
}

async function readModel(spec: string): Promise<{ name: string; version: number; dir: string }> {
  const { name, version, dir } = await readModelFiles(await resolveModelDir(spec));
  return { name, version, dir };
}

function print(result: ReplayResult, json: boolean): void {
  if (json) process.stdout.write(replayToJson(result));
  else if (result.finished) process.stdout.write(renderReplay(result));
  if (result.finished) return;
  const done = result.predictions + result.deadLetters + countOf(result.bounds, ({ known }) => known);
  process.stderr.write(
    `stopped after ${done} of ${countOf(result.bounds, ({ from, to }) => to - from)} messages; ` +
      `the same command goes on there, with --group ${result.plan.group}\n`,
  );
}

/** A bar on a terminal; elsewhere one line at the start. */
class Progress {
  #bar: SingleBar | undefined;

  constructor(private readonly plan: ReplayPlan) {}

  start(bounds: readonly ScanBounds[]): void {
    const total = countOf(bounds, ({ from, to }) => to - from);
    const { input, output } = this.plan.topics;
    process.stderr.write(
      `replaying ${total} messages of ${input} into ${output}; group ${this.plan.group}\n`,
    );
    if (!process.stderr.isTTY) return;
    this.#bar = new SingleBar({
      format: '{bar} {value}/{total} messages  {eta_formatted} left',
      stream: process.stderr,
    });
    this.#bar.start(
      total,
      countOf(bounds, ({ known }) => known),
    );
  }

  update(done: number): void {
    this.#bar?.update(done);
  }

  stop(): void {
    this.#bar?.stop();
    this.#bar = undefined;
  }
}

function countOf(bounds: readonly ScanBounds[], count: (one: ScanBounds) => number): number {
  return bounds.reduce((sum, one) => sum + count(one), 0);
}

/** Commander gives the value before it as a second argument. */
function readPosition(text: string): ScanPosition {
  return scanPosition(text);
}
