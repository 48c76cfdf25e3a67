import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Command } from 'commander';
import { runBench, type BenchReport } from '../../app/bench/bench';
import type { Config } from '../../config/schema';
import { positiveNumber, positiveWholeNumber } from '../arguments';
import { addConfigFlags, configFrom } from '../config-flags';
import { withConnection } from '../connection';

interface BenchFlags {
  readonly count: number;
  readonly latencyRate: number;
  readonly seconds: number;
  readonly json?: boolean;
}

export function benchCommand(): Command {
  const command = new Command('bench')
    .description('Measure this machine: publish images to a real broker and time stream-infer run on them.')
    .option('--count <n>', 'images of the throughput part', positiveWholeNumber, 50_000)
    .option('--latency-rate <n>', 'images a second of the latency part', positiveNumber, 1_000)
    .option('--seconds <n>', 'how long the latency part lasts', positiveNumber, 10)
    .option('--json', 'print one JSON report');
  addConfigFlags(command, 'inference');
  return command
    .addHelpText(
      'after',
      `
Makes topics of its own and removes them. Compare ratios of one run, not single figures of two.

Examples:
  $ stream-infer bench --broker kafka
  $ stream-infer bench --broker kafka --runtime tfjs-wasm --count 20000 --json`,
    )
    .action(async (flags: BenchFlags) => {
      const name = `stream-infer-bench-${randomBytes(3).toString('hex')}`;
      const config = benchConfig(configFrom(command, 'inference', { broker: 'kafka' }).config, name);
      const folder = mkdtempSync(join(tmpdir(), 'stream-infer-bench-'));
      try {
        await withConnection(config, async ({ broker, log, signal }) => {
          const report = await runBench({
            config,
            broker,
            log,
            signal,
            count: flags.count,
            rate: flags.latencyRate,
            latencySeconds: flags.seconds,
            subjectFlags: subjectFlags(config, folder),
            onStep: (step) => process.stderr.write(`bench: ${step}\n`),
          });
          process.stdout.write(flags.json ? `${JSON.stringify(report, null, 2)}\n` : render(report));
        });
      } finally {
        rmSync(folder, { recursive: true });
      }
    });
}

function benchConfig(config: Config, name: string): Config {
  return {
    ...config,
    input: { ...config.input, topic: `${name}-images`, group: name, subscription: `${name}-images-sub` },
    output: { topic: `${name}-predictions`, dlq: `${name}-dlq` },
  };
}

/** Topics as flags, since an environment variable must not win over them; the rest as a file, since it may hold secrets. */
function subjectFlags({ broker, input, output, ...rest }: Config, folder: string): string[] {
  const file = join(folder, 'config.json');
  writeFileSync(file, JSON.stringify(rest), { mode: 0o600 });
  return [
    ['--config', file],
    ['--broker', broker],
    ['--input-topic', input.topic],
    ['--output-topic', output.topic],
    ['--dlq-topic', output.dlq as string],
    ['--group', input.group],
    ['--subscription', input.subscription as string],
  ].flat();
}

function render(report: BenchReport): string {
  const { latency, probe, rss } = report;
  const ms = (value: number) => `${value.toFixed(1)} ms`;
  const mib = (bytes: number) => `${Math.round(bytes / 1024 / 1024)} MiB`;
  const rows: [string, string][] = [
    [
      'runtime',
      `${report.runtime}, ${report.precision}, ${report.workers} workers, batches up to ${report.maxBatch}`,
    ],
    ['inference alone', `${Math.round(report.ceiling)} images/s`],
    [
      'end to end',
      `${Math.round(report.throughput)} images/s = ${report.ofCeiling.toFixed(2)} of inference alone`,
    ],
    ['counts', `${report.images} images, ${report.lost} lost, ${report.duplicates} duplicates`],
    ['accuracy', `${(report.accuracy * 100).toFixed(2)} %`],
    [
      `at ${latency.rate}/s`,
      `p50 ${ms(latency.p50)}, p95 ${ms(latency.p95)}, p99 ${ms(latency.p99)} (timestamp to prediction read)`,
    ],
    ['HTTP probe', `p50 ${ms(probe.p50)}, p99 ${ms(probe.p99)}, ${probe.failures} failed (at full load)`],
    ['RSS', `${mib(rss.early)} early, ${mib(rss.late)} late, ${mib(rss.peak)} at most`],
  ];
  return rows.map(([name, value]) => `${name.padEnd(16)} ${value}\n`).join('');
}
