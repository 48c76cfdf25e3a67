// Measures several processes in one group: their total rate, and the gaps when a process joins or leaves.
// docs/guides/scaling.md describes the method.
//
//   node scripts/bench/scale-out.mjs [options] [-- flags of every process]
//
//   --brokers <list>             kafka,pubsub (default: both)
//   --processes <list>           default: 1,2,4
//   --count <n>                  images of a full-speed run on Kafka (default: 60000; a tenth on Pub/Sub)
//   --rate <n>                   images/s while a process joins and leaves (default: 1000; a quarter on Pub/Sub)
//   --partitions <n>             partitions of the Kafka topic (default: 8)
//   --bootstrap-servers <list>   Kafka to use (default: start one; needs Java and Maven)
//   PUBSUB_EMULATOR_HOST         emulator to use (default: start Google's fake; needs Go; not the speed of Pub/Sub).
//
// Takes about two minutes per number of processes on Kafka and one on Pub/Sub. Exits with 1 if images were lost or a
// measurement failed.
import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { availableParallelism, cpus, tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs, promisify } from 'node:util';
import { kafkaFor, pubsubFor } from './own-brokers.mjs';

const DIST = join(dirname(fileURLToPath(import.meta.url)), '..', '..', 'dist');
const MAIN = join(DIST, 'cli', 'main.js');
const PROJECT = 'stream-infer-bench';
const BENCH_MS = 600_000;
const SILENT = { debug() {}, info() {}, warn() {}, error() {} };
const require = createRequire(import.meta.url);
const run = promisify(execFile);

const options = readOptions();
if (!existsSync(MAIN)) throw new Error('dist/ is missing; run node scripts/build.mjs first');
const { moveGroup } = await import('./moving-group.mjs');
const { createBroker } = require(join(DIST, 'brokers', 'registry.js'));
const folder = mkdtempSync(join(tmpdir(), 'stream-infer-scale-out-'));
const rows = [];
let failed = false;
try {
  for (const kind of options.brokers) await measureBroker(kind);
} finally {
  rmSync(folder, { recursive: true });
}
print();
process.exitCode = failed || rows.some(({ lost }) => lost > 0) ? 1 : 0;

async function measureBroker(kind) {
  const started = kind === 'kafka' ? await kafkaFor(options.servers) : await pubsubFor();
  const flags =
    kind === 'kafka'
      ? ['--broker', 'kafka', '--bootstrap-servers', started.servers]
      : ['--broker', 'pubsub', '--project', PROJECT];
  const name = kind === 'kafka' ? `Kafka, ${options.partitions} partitions` : `Pub/Sub (${started.name})`;
  try {
    for (const processes of options.processes) {
      console.error(`${name}: ${processes} × 1 worker`);
      await measure(processes).catch((error) => {
        // Keep the earlier results, which took minutes.
        failed = true;
        console.error(`measurement failed: ${error.message}`);
      });
    }
  } finally {
    await started.close();
  }

  async function measure(processes) {
    const fast = await atFullSpeed(kind, flags, processes);
    const moving = await whileGroupChanges(kind, flags, processes, started);
    rows.push({
      name,
      processes,
      imagesPerSecond: fast.imagesPerSecond,
      ...moving,
      lost: fast.lost + moving.lost,
      duplicates: fast.duplicates + moving.duplicates,
    });
  }
}

/** Runs `bench`. */
async function atFullSpeed(kind, flags, processes) {
  const count = kind === 'kafka' ? options.count : Math.ceil(options.count / 10);
  const partitions = kind === 'kafka' ? ['--partitions', options.partitions] : [];
  const args = ['bench', ...flags, '--parts', 'throughput', '--count', count, ...partitions, '--workers', 1];
  const all = [...args, '--processes', processes, '--json', ...options.flags].map(String);
  const { stdout } = await run(process.execPath, [MAIN, ...all], {
    maxBuffer: 1 << 26,
    timeout: BENCH_MS,
  }).catch((error) => {
    // bench exits with 1 if images were lost; its output is still valid.
    if (error.code === 1 && error.stdout) return error;
    throw error;
  });
  return JSON.parse(stdout).throughput;
}

async function whileGroupChanges(kind, flags, processes, { servers }) {
  const id = randomBytes(4).toString('hex');
  const topics = { input: `scale-images-${id}`, output: `scale-predictions-${id}` };
  const subscription = `scale-images-${id}-sub`;
  const names = [
    '--input-topic',
    topics.input,
    '--output-topic',
    topics.output,
    '--dlq-topic',
    `${topics.input}.dlq`,
  ];
  const group = kind === 'kafka' ? ['--group', `scale-${id}`] : ['--subscription', subscription];
  const broker = await createBroker(
    kind,
    { kafka: { properties: { 'bootstrap.servers': servers ?? '' } }, pubsub: { project: PROJECT } },
    { instanceId: `scale-out-${id}`, log: SILENT },
  );
  const requests = [
    { topic: topics.input, partitions: options.partitions, subscription },
    { topic: topics.output, partitions: 1, subscription: `${topics.output}-sub` },
    { topic: `${topics.input}.dlq`, partitions: 1, subscription: `${topics.input}.dlq-sub` },
  ];
  const admin = broker.createAdmin();
  try {
    await admin.createTopics(requests);
    return await moveGroup({
      broker,
      topics,
      folder,
      processes,
      rate: kind === 'kafka' ? options.rate : options.rate / 4,
      args: [
        ...flags,
        ...names,
        ...group,
        ...['--no-demo', '--store', 'none', '--port', '0', '--workers', '1', '--log-level', 'warn'],
        ...options.flags,
      ],
    });
  } finally {
    await admin.deleteTopics(requests);
    await admin.close();
    await broker.close();
  }
}

function print() {
  const machine = `${cpus()[0]?.model.trim()}, ${availableParallelism()} cores, Node ${process.versions.node}`;
  const { count, rate } = options;
  const size = `${count} images at full speed (Pub/Sub ${Math.ceil(count / 10)}), ${rate} images/s (Pub/Sub ${rate / 4}) while a process joins and leaves`;
  const head = ['broker', 'processes', 'images/s', 'steady', 'join', 'leave', 'lost', 'duplicates'];
  const lines = rows.map((row) => [
    row.name,
    row.processes,
    Math.round(row.imagesPerSecond).toLocaleString('en'),
    ...[row.steady, row.join, row.leave].map(({ overall, partition }) => `${ms(overall)}, ${ms(partition)}`),
    row.lost,
    row.duplicates,
  ]);
  console.log(`${new Date().toISOString().slice(0, 10)}; ${machine}; ${size}\n`);
  for (const line of [head, head.map(() => '---'), ...lines]) console.log(`| ${line.join(' | ')} |`);
}

function ms(value) {
  return `${Math.round(value).toLocaleString('en')} ms`;
}

function readOptions() {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      brokers: { type: 'string', default: 'kafka,pubsub' },
      processes: { type: 'string', default: '1,2,4' },
      count: { type: 'string', default: '60000' },
      rate: { type: 'string', default: '1000' },
      partitions: { type: 'string', default: '8' },
      'bootstrap-servers': { type: 'string' },
    },
  });
  const brokers = values.brokers.split(',');
  if (brokers.some((kind) => !['kafka', 'pubsub'].includes(kind)))
    throw new Error('--brokers: expected kafka, pubsub or both');
  return {
    brokers,
    processes: values.processes.split(',').map((count) => positive('processes', count)),
    count: positive('count', values.count),
    rate: positive('rate', values.rate),
    partitions: positive('partitions', values.partitions),
    servers: values['bootstrap-servers'],
    flags: positionals,
  };
}

function positive(name, text) {
  const value = Number(text);
  if (Number.isInteger(value) && value > 0) return value;
  throw new Error(`--${name} ${text}: expected a whole number above 0`);
}
