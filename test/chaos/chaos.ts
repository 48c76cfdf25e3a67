/**
 * Seeded runs with separate topics, instances of the built program, a numbered stream, and scheduled faults
 * of broker, network, members and topics. An independent reader counts the outcomes at the end.
 *
 * npm run chaos -- [--runs 60] [--seed 1] [--mode exactly-once|at-least-once|both] [--only n] [--parallel n]
 * [--logs folder] [--list]
 *
 * Run n has the seed `seed + n - 1`. Exit code 1 when a run failed.
 */
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';

import { Lane } from './lane';
import { MODES, planOf, type Mode, type Plan } from './plan';
import { Report } from './report';
import { runPlan } from './run';
import { Verifier } from './verifier';

const { values } = parseArgs({
  options: {
    runs: { type: 'string', default: '60' },
    seed: { type: 'string', default: '1' },
    mode: { type: 'string', default: 'both' },
    only: { type: 'string' },
    parallel: { type: 'string', default: '1' },
    logs: { type: 'string' },
    list: { type: 'boolean', default: false },
  },
});

// Brokers and instances end with the process.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(130));

void main().catch((error: unknown) => {
  console.error(error);
  process.exit(1);
});

async function main(): Promise<void> {
  const plans = plansOf(values);
  if (values.list) return plans.forEach(({ number, plan }) => console.log(Report.headOf(number, plan)));
  const lanes = Math.min(wholeNumber('parallel', values.parallel), plans.length);
  const logs = values.logs ?? mkdtempSync(join(tmpdir(), 'stream-infer-chaos-'));
  const report = new Report(plans.length, logs);
  const verifier = await Verifier.create();
  const waiting = [...plans];
  const lane = async (name: number, open: Lane): Promise<void> => {
    let current = open;
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      const { number, plan } = next;
      report.begins(name, number, plan);
      const folder = join(logs, `run-${number}-seed-${plan.seed}`);
      try {
        report.ends(name, number, plan, await runPlan(plan, current, verifier, folder), folder);
      } catch (error) {
        report.breaks(name, number, plan, error);
        // A broken broker must not affect the next run.
        await current.close().catch(() => undefined);
        current = await Lane.create();
      }
    }
    await current.close();
  };
  const open: Lane[] = [];
  // Sequential, because each start searches free ports.
  for (let i = 0; i < lanes; i++) open.push(await Lane.create());
  await Promise.all(open.map((one, i) => lane(i + 1, one)));
  report.summary();
  // The native clients keep the process alive for a while.
  process.exit(report.failed === 0 ? 0 : 1);
}

interface Numbered {
  readonly number: number;
  readonly plan: Plan;
}

function plansOf({ runs, seed, mode, only }: typeof values): Numbered[] {
  const first = wholeNumber('seed', seed);
  const count = wholeNumber('runs', runs);
  const numbers =
    only === undefined ? Array.from({ length: count }, (_, i) => i + 1) : [wholeNumber('only', only)];
  const wanted = modeOf(mode);
  return numbers.map((number) => ({ number, plan: planOf(first + number - 1, wanted) }));
}

function modeOf(text: string): Mode | 'both' {
  const mode = MODES.find((one) => one === text);
  if (mode !== undefined) return mode;
  if (text === 'both') return 'both';
  throw new Error(`--mode ${text}: expected exactly-once, at-least-once or both`);
}

function wholeNumber(name: string, text: string): number {
  if (/^[1-9]\d*$/.test(text)) return Number(text);
  throw new Error(`--${name} ${text}: expected a whole number above 0`);
}
