import { percent } from '../core/percent';
import type { BenchReport } from '../bench/bench';
import { STAGES, type LatencyReport } from '../bench/latency';
import type { Distribution } from '../bench/quantiles';
import type { CpuPerMessage, MemoryUse } from '../bench/resources';
import type { SweepReport } from '../bench/sweep';
import type { Counts } from '../bench/prediction-tally';
import { CPU_PARTS } from '../bench/threads';
import type { ThroughputReport } from '../bench/throughput';

type Row = readonly [name: string, value: string];

const UNKNOWN = 'not available';
const NAME_WIDTH = 20;

/** At most 80 columns wide. */
export function renderBench(report: BenchReport): string {
  const { model, throughput, latency, ceiling } = report;
  const processes = report.processes === 1 ? '' : `${report.processes} processes × `;
  const workers = `${processes}${report.workers} worker${report.workers === 1 ? '' : 's'}`;
  const partitions = report.broker === 'pubsub' ? '' : `, ${report.partitions} partitions`;
  const blocks: (readonly string[])[] = [
    [
      `${report.profile} on ${report.broker}, ${report.delivery}${partitions}`,
      `${model.name}@${model.version}, ${model.runtime}, ${model.precision}`,
      ...imagesLine(report),
      `${workers}, batches up to ${report.maxBatch}`,
    ],
    ceiling === null ? [] : [row(['inference alone', rate(ceiling)])],
    throughput === null ? [] : throughputRows(throughput).map(row),
    floorRows(report).map(row),
    latency === null ? [] : latencyLines(latency),
  ];
  return joined(blocks);
}

/** The usual images are not mentioned. */
function imagesLine({ images }: BenchReport): string[] {
  const { width, height, channels, format, generated } = images;
  if (!generated && format !== 'jpeg') return [];
  const kind = `${generated ? 'generated' : 'real'} ${format === 'jpeg' ? 'JPEG' : format} images`;
  return [`${kind} of ${width} × ${height}, ${channels === 3 ? 'RGB' : 'grey'}`];
}

export function renderSweep({ cores, ceilings, endToEnd, suggestion }: SweepReport): string {
  const batches = [...new Set(ceilings.map(({ maxBatch }) => maxBatch))];
  const counts = [...new Set(ceilings.map(({ workers }) => workers))];
  const ceilingOf = (workers: number, maxBatch: number) =>
    ceilings.find((one) => one.workers === workers && one.maxBatch === maxBatch)?.imagesPerSecond ?? NaN;
  const cells = (values: readonly string[]) => values.map((value) => value.padStart(8)).join('');
  const best = Math.max(...endToEnd.map(({ imagesPerSecond }) => imagesPerSecond));
  return joined([
    [`${cores} cores; images/s`],
    [
      'inference alone',
      `${'  --max-batch'.padEnd(NAME_WIDTH)}${cells(batches.map(String))}`,
      ...counts.map(
        (workers) =>
          `${`  --workers ${workers}`.padEnd(NAME_WIDTH)}${cells(batches.map((size) => whole(ceilingOf(workers, size))))}`,
      ),
    ],
    [
      'end to end',
      ...endToEnd.map(
        ({ workers, maxBatch, imagesPerSecond, lost }, i) =>
          `  ${`--workers ${workers} --max-batch ${maxBatch}`.padEnd(34)}${whole(imagesPerSecond).padStart(8)}` +
          `${i === 0 ? '  as configured' : ''}${lost > 0 ? `  ${lost} lost` : ''}`,
      ),
    ],
    [
      `suggestion: --workers ${suggestion.workers} --max-batch ${suggestion.maxBatch}`,
      `  ${whole(suggestion.imagesPerSecond)} images/s; the fewest workers and the smallest batch`,
      `  within 3 % of the best, which is ${whole(best)}`,
    ],
  ]);
}

function throughputRows(report: ThroughputReport & { readonly ofCeiling: number | null }): Row[] {
  const { probe, ofCeiling, accuracy } = report;
  const share = ofCeiling === null ? '' : ` = ${ofCeiling.toFixed(2)} of inference alone`;
  const how = report.load === 'backlog' ? 'published before the start' : 'published during the run';
  return [
    ['throughput', `${whole(report.images)} images, ${how}`],
    ['  end to end', `${rate(report.imagesPerSecond)}${share}`],
    ['  counted', `${whole(report.counted)} images after the warm-up`],
    ['  counts', counts(report)],
    ['  dead letters', whole(report.deadLetters)],
    ...(accuracy === null ? [] : [['  accuracy', percent(accuracy)] as const]),
    ...cpuRows(report.cpu),
    ...(report.brokerCpu === null ? [] : [['    broker', micros(report.brokerCpu)] as const]),
    ['  memory', memory(report.memory)],
    ['  HTTP probe', `p50 ${ms(probe.p50)}, p99 ${ms(probe.p99)}, ${probe.failures} failed`],
  ];
}

/** The floor and its parts. */
function floorRows({ floor, floorUnknown }: Pick<BenchReport, 'floor' | 'floorUnknown'>): Row[] {
  if (floor === null) return floorUnknown === undefined ? [] : [['floor', `${UNKNOWN}: ${floorUnknown}`]];
  const { client, broker } = floor;
  return [
    ['floor', `${rate(floor.imagesPerSecond)} on ${floor.cores} cores, all busy`],
    ['  share of the floor', floor.share.toFixed(2)],
    [
      '  consume, produce',
      `${micros(client?.total ?? NaN)}, ${whole(floor.messagesPerSecond)} messages/s alone`,
    ],
    ...(client === null ? [] : [['    by part', byPart(client)] as const]),
    ['  bare inference', micros(floor.inference)],
    ['  broker', broker === null ? 'not measured: runs on another machine' : micros(broker)],
  ];
}

function latencyLines(report: LatencyReport): string[] {
  const { images, total, stages, sentLate, neighbours } = report;
  const cells = ({ mean, p50, p95, p99 }: Distribution) =>
    [mean, p50, p95, p99].map((value) => value.toFixed(1).padStart(9)).join('');
  return [
    row([`at ${whole(report.rate)}/s`, `${whole(images)} images, ${counts(report)}`]),
    ...(neighbours === 0 ? [] : [row(['  neighbours', `${neighbours} busy`])]),
    row(['  latency, ms', ['mean', 'p50', 'p95', 'p99'].map((name) => name.padStart(9)).join('')]),
    row(['  total', cells(total)]),
    ...STAGES.map((context) => row([`    ${context}`, cells(stages[context])])),
    row(['  load sent late', cells(sentLate)]),
    ...cpuRows(report.cpu).map(row),
  ];
}

function counts({ lost, duplicates }: Counts): string {
  return `${whole(lost)} lost, ${whole(duplicates)} duplicates`;
}

function cpuRows(cpu: CpuPerMessage | null): Row[] {
  if (cpu === null) return [['  CPU per image', UNKNOWN]];
  return [
    ['  CPU per image', micros(cpu.total)],
    ['    by part', byPart(cpu)],
  ];
}

function byPart(cpu: CpuPerMessage): string {
  return CPU_PARTS.map((part) => `${part} ${cpu[part].toFixed(1)}`).join(', ');
}

function micros(value: number): string {
  return `${value.toFixed(1)} µs`;
}

function memory(use: MemoryUse | null): string {
  if (use === null) return UNKNOWN;
  const most = `${mib(use.peak).toFixed(0)} MiB at most`;
  if (use.slope === null) return most;
  const slope = mib(use.slope);
  return `${most}, ${slope < 0 ? '−' : '+'}${Math.abs(slope).toFixed(2)} MiB/s in the second half`;
}

function mib(bytes: number): number {
  return bytes / 2 ** 20;
}

function ms(value: number): string {
  return `${value.toFixed(1)} ms`;
}

function rate(value: number): string {
  return Number.isFinite(value) ? `${whole(value)} images/s` : 'the run was too short';
}

function whole(value: number): string {
  return Number.isFinite(value) ? Math.round(value).toLocaleString('en') : '–';
}

function row([name, value]: Row): string {
  return `${name.padEnd(NAME_WIDTH)} ${value}`;
}

function joined(blocks: readonly (readonly string[])[]): string {
  const shown = blocks.filter((lines) => lines.length > 0).map((lines) => `${lines.join('\n')}\n`);
  return shown.join('\n');
}
