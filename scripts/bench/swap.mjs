// Measures the cost of model swaps for the stream: swaps repeatedly, first at full speed, then at a steady rate.
// docs/benchmarks.md describes the method.
//
//   node scripts/bench/swap.mjs [options] [-- flags of run]
//
//   --swaps <n>                  swaps in each part (default: 5)
//   --count <n>                  images in the topic for the first part (default: 300000)
//   --rate <n>                   images/s of the second part, below the machine's limit (default: 1000)
//   --parts <list>               full,rate (default: both)
//   --bootstrap-servers <list>   Kafka to use (default: start one; needs Java and Maven)
//   --json                       figures as JSON
//
// Exits with 1 if an image does not have exactly one prediction, or if a batch has two versions.
import { randomBytes } from 'node:crypto';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { kafkaFor } from './own-brokers.mjs';
import { makeVersions } from './made-versions.mjs';
import { accountOf, compareWindows } from './swap-windows.mjs';
import { toText } from './table.mjs';

const DIST = join(dirname(fileURLToPath(import.meta.url)), '..', '..', 'dist');
const require = createRequire(import.meta.url);
const PARTITIONS = 4;
/** Time before the first swap, ms. */
const WARM_UP_MS = 3_000;
/** Time after a swap that belongs to its window, since the replaced pool still shuts down, ms. */
const AFTER_MS = 500;
/** Swaps stop at this remaining share of the topic. */
const REMAINING_SHARE = 0.1;
const LAST_MS = 300_000;
const SILENT = { debug() {}, info() {}, warn() {}, error() {} };

const options = readOptions();
if (!existsSync(join(DIST, 'cli', 'main.js')))
  throw new Error('dist/ is missing; run node scripts/build.mjs first');
const { createBroker } = require(join(DIST, 'brokers', 'registry.js'));
const { MeasuredProcess } = require(join(DIST, 'bench', 'measured-process.js'));
const { Load } = require(join(DIST, 'bench', 'load.js'));
const { PROFILES } = require(join(DIST, 'bench', 'profiles.js'));
const { dueAt, runSchedule } = require(join(DIST, 'bench', 'schedule.js'));
const { PREDICTION_READER_LIMITS } = require(join(DIST, 'setup', 'prediction-reader.js'));
const { loadDemoImages } = require(join(DIST, 'dataset', 'fashion-mnist.js'));

const folder = mkdtempSync(join(tmpdir(), 'stream-infer-swap-'));
const kafka = await kafkaFor(options.servers);
const figures = {};
try {
  const models = await makeVersions(join(folder, 'models'), DIST);
  for (const part of options.parts) {
    console.error(`${part}: ${options.swaps} swaps`);
    figures[part] = await measure(part, models);
  }
} finally {
  await kafka.close();
  rmSync(folder, { recursive: true });
}
print();
process.exitCode = Object.values(figures).every(({ wrong }) => wrong === 0) ? 0 : 1;

async function measure(part, models) {
  const name = `swap-${part}-${randomBytes(4).toString('hex')}`;
  const topics = { input: name, output: `${name}.out`, dlq: `${name}.dlq` };
  const broker = await createBroker(
    'kafka',
    { kafka: { properties: { 'bootstrap.servers': kafka.servers } } },
    { instanceId: name, log: SILENT },
  );
  const admin = broker.createAdmin();
  const over = new AbortController();
  try {
    await admin.createTopics(Object.values(topics).map((topic) => ({ topic, partitions: PARTITIONS })));
    const sink = broker.createSink();
    await sink.open(AbortSignal.timeout(LAST_MS));
    const load = new Load(sink, topics.input, PROFILES.cnn, await loadDemoImages({}));
    try {
      const run = part === 'full' ? fillThenSwap : swapAtRate;
      const { published, windows } = await run(load, () => start(topics, models, over.signal));
      const outcomes = await readAll(broker, topics.output, published);
      return { ...accountOf(outcomes, published), ...compareWindows(outcomes, windows), windows };
    } finally {
      await sink.close();
    }
  } finally {
    over.abort();
    await admin.deleteTopics(Object.values(topics).map((topic) => ({ topic })));
    await admin.close();
    await broker.close();
  }
}

/** Publishes all images before the program starts, so that publishing uses no CPU time during the measurement. */
async function fillThenSwap(load, start) {
  await load.publish(0, options.count);
  const program = await start();
  try {
    const rest = async () => 1 - (await done(program)) / options.count;
    const windows = await swap(program, async () => (await rest()) < REMAINING_SHARE);
    while ((await rest()) > 0) await sleep(200);
    return { published: options.count, windows };
  } finally {
    await program.stop();
  }
}

/** Open loop: an image sent late keeps its scheduled time. */
async function swapAtRate(load, start) {
  const program = await start();
  const ending = new AbortController();
  let published = 0;
  const [startedAt, epoch] = [performance.now(), Date.now()];
  const send = (from, to) => {
    load.send(from, to, (n) => Math.round(epoch + dueAt(n, options.rate)));
    published = to;
  };
  const sending = runSchedule(
    { rate: options.rate, count: Infinity, send, signal: ending.signal },
    startedAt,
  );
  try {
    const windows = await swap(program, async () => false);
    ending.abort();
    await sending;
    await load.settled();
    const deadline = performance.now() + LAST_MS;
    while ((await done(program)) < published && performance.now() < deadline) await sleep(200);
    return { published, windows };
  } finally {
    ending.abort();
    await program.stop();
  }
}

/** Follows each swap with an equally long window without one. Resolves with both kinds, ms since 1970. */
async function swap(program, over) {
  const windows = { swap: [], steady: [] };
  await sleep(WARM_UP_MS);
  for (let i = 0; i < options.swaps && !(await over()); i++) {
    const from = Date.now();
    await loadVersion(program, i % 2 === 0 ? 2 : 1);
    const answered = Date.now();
    await sleep(AFTER_MS);
    const to = Date.now();
    windows.swap.push({ from, answered, to });
    await sleep(to - from);
    windows.steady.push({ from: to, to: Date.now() });
  }
  return windows;
}

async function loadVersion({ url }, version) {
  const path = `/v2/repository/models/fashion-mnist/versions/${version}/load`;
  const response = await fetch(url + path, { method: 'POST' });
  if (!response.ok) throw new Error(`version ${version} failed to load: ${await response.text()}`);
  await response.arrayBuffer();
}

async function start(topics, models, signal) {
  const args = [
    ...['--broker', 'kafka', '--bootstrap-servers', kafka.servers, '--group', topics.input],
    ...['--input-topic', topics.input, '--output-topic', topics.output, '--dlq-topic', topics.dlq],
    // Only the first version has int8.json.
    ...['--model', join(models, '1'), '--model-control', 'explicit', '--precision', 'fp32'],
    ...['--no-demo', '--store', 'none', '--port', '0', '--log-level', 'warn', ...options.flags],
  ];
  return await MeasuredProcess.start(args, folder, signal);
}

/** The program's own count. */
async function done({ url }) {
  const { predictions } = await (await fetch(`${url}/api/v1/stats`)).json();
  return predictions;
}

/** Reads all predictions with their model version, publish time and image time. */
async function readAll(broker, topic, published) {
  const source = broker.createSource({ topic, group: null, from: 'earliest', ...PREDICTION_READER_LIMITS });
  const outcomes = [];
  try {
    await source.open(AbortSignal.timeout(LAST_MS));
    // Duplicates arrive after the last prediction.
    for (let quietAt = performance.now(); performance.now() - quietAt < 3_000;) {
      for (const { value, headers, timestamp } of await source.receive(5_000, AbortSignal.timeout(LAST_MS))) {
        const { model, timing, predictedAt, source: origin } = JSON.parse(String(value));
        const [, number] = headers.find(([header]) => header === 'index') ?? [];
        outcomes.push({
          number: Number(number),
          version: model.version,
          batch: `${predictedAt} ${timing.inferenceMs} ${timing.batchSize}`,
          size: timing.batchSize,
          at: timestamp,
          madeAt: Date.parse(origin.timestamp),
        });
        quietAt = performance.now();
      }
    }
  } finally {
    await source.close();
  }
  if (outcomes.length < published)
    console.error(`only ${outcomes.length} of ${published} predictions were read`);
  return outcomes;
}

function print() {
  if (options.json) return void console.log(JSON.stringify(figures));
  for (const [part, { account, swap: swapped, steady, loads }] of Object.entries(figures)) {
    const figure = (name, values, unit = '', digits = 0) => ({ name, values, unit, digits });
    const pair = (name, pick, unit, digits) => [
      figure(`${name}, with a swap`, swapped.map(pick), unit, digits),
      figure(`${name}, without`, steady.map(pick), unit, digits),
    ];
    const title = part === 'full' ? 'Full speed' : `${options.rate} images/s`;
    const lines = [
      ...Object.entries(account).map(([name, value]) => figure(name, [value])),
      figure('response time of a swap', loads, 'ms'),
      ...pair('images/s', ({ perSecond }) => perSecond, 'images/s'),
      ...pair('longest gap', ({ gapMs }) => gapMs, 'ms'),
      ...(part === 'rate'
        ? [
            ...pair('latency p50', ({ latency }) => latency.p50, 'ms', 1),
            ...pair('latency p99', ({ latency }) => latency.p99, 'ms', 1),
            ...pair('latency max', ({ latency }) => latency.max, 'ms', 1),
          ]
        : []),
    ];
    console.log(toText(`${title}: median of ${swapped.length} swaps (lowest – highest)`, lines));
  }
}

function readOptions() {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      swaps: { type: 'string', default: '5' },
      count: { type: 'string', default: '300000' },
      rate: { type: 'string', default: '1000' },
      parts: { type: 'string', default: 'full,rate' },
      'bootstrap-servers': { type: 'string' },
      json: { type: 'boolean', default: false },
    },
  });
  const parts = values.parts.split(',');
  if (!parts.every((part) => part === 'full' || part === 'rate'))
    throw new Error(`--parts ${values.parts}: expected full, rate or both`);
  const positive = (name) => {
    const value = Number(values[name]);
    if (Number.isInteger(value) && value > 0) return value;
    throw new Error(`--${name} ${values[name]}: expected a whole number above 0`);
  };
  return {
    swaps: positive('swaps'),
    count: positive('count'),
    rate: positive('rate'),
    parts,
    servers: values['bootstrap-servers'],
    json: values.json,
    flags: positionals,
  };
}
