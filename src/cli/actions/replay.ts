import { SingleBar } from 'cli-progress';
import type { Command } from 'commander';
import { planReplay, type ReplayPlan } from '../../replay/plan';
import { runReplay, type ReplayResult } from '../../replay/run-replay';
import type { LoadedConfig } from '../../config/load';
import { StreamInferError } from '../../core/errors';
import type { ScanBounds, ScanPosition, ScanRange } from '../../core/scan-range';
import { readModelFiles, resolveModelDir } from '../../models/files';
import { configFrom } from '../config-from';
import { withConnection } from '../connection';
import { renderReplay, replayToJson } from '../replay-report';

interface ReplayFlags {
  readonly from?: ScanRange['from'];
  readonly to?: ScanPosition;
  readonly group?: string;
  readonly sideTopic?: string;
  readonly compareWith?: string;
  readonly json?: boolean;
}

export async function replay(flags: ReplayFlags, command: Command): Promise<void> {
  await replayRange(configFrom(command, 'inference'), flags);
}

async function replayRange({ config, sources }: LoadedConfig, flags: ReplayFlags): Promise<void> {
  if (flags.from === undefined)
    throw new StreamInferError(
      'USAGE',
      '--from is required: a time, an age, an offset, or earliest; on Pub/Sub also snapshot:<name>',
    );
  if (flags.group?.trim() === '') throw new StreamInferError('USAGE', '--group needs a name (got "")');
  const fromFlag = (setting: string) => sources.get(setting)?.startsWith('flag') ?? false;
  if (fromFlag('delivery') && config.delivery === 'exactly-once')
    throw new StreamInferError('USAGE', 'a replay always publishes at least once; omit --delivery');
  if (fromFlag('inference.targetP99'))
    throw new StreamInferError('USAGE', 'a replay has no latency goal; omit --target-p99');
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
  // Pub/Sub reports no number of messages.
  if (result.bounds.length === 0)
    return void process.stderr.write(
      `stopped after ${done} messages; the same command begins again at the start of the range\n`,
    );
  process.stderr.write(
    `stopped after ${done} of ${countOf(result.bounds, ({ from, to }) => to - from)} messages; ` +
      `run the same command with --group ${result.plan.group} to resume\n`,
  );
}

/** A bar on a terminal, otherwise one line at the start. */
class Progress {
  #bar: SingleBar | undefined;

  constructor(private readonly plan: ReplayPlan) {}

  start(bounds: readonly ScanBounds[]): void {
    const total = countOf(bounds, ({ from, to }) => to - from);
    const { input, output } = this.plan.topics;
    // Pub/Sub reports no number of messages, and has no group.
    if (bounds.length === 0) return void process.stderr.write(`replaying ${input} into ${output}\n`);
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
