// What an exchange of the model costs the stream: the model is exchanged again and again while images come, first as many as
// the program can take, then at a steady rate. docs/benchmarks.md tells more.
//
//   node scripts/bench/swap.mjs [options] [-- flags of run]
//
//   --swaps <n>                  exchanges in each part (default: 5)
//   --count <n>                  images that wait in the topic for the first part (default: 300000)
//   --rate <n>                   images/s of the second part; less than the machine can do (default: 1000)
//   --parts <list>               full,rate (default: both)
//   --bootstrap-servers <list>   default: starts an Apache Kafka of its own (Java and Maven)
//   --json                       figures as JSON
//
// It ends with 1 when an image has no prediction or more than one, or when one batch has two versions.
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
/** Work with nothing else going on, before the first exchange, ms. */
const WARM_UP_MS = 3_000;
/** What an exchange leaves behind (the pool that was replaced ends) belongs to its window, ms. */
const AFTER_MS = 500;
/** Of the topic, as long as exchanges go on: what is left then is the end of the run. */
const LEFT_AT_THE_END = 0.1;
const LAST_MS = 300_000;
const SILENT = { debug() {}, info() {}, warn() {}, error() {} };

const options = readOptions();
if (!existsSync(join(DIST, 'cli', 'main.js')))
  throw new Error('there is no dist/: run node scripts/build.mjs first');
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
    console.error(`${part}: ${options.swaps} exchanges`);
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

/** All images are in the topic before the program starts, so that publishing takes nothing from it. */
async function fillThenSwap(load, start) {
  await load.publish(0, options.count);
  const program = await start();
  try {
    const rest = async () => 1 - (await done(program)) / options.count;
    const windows = await swap(program, async () => (await rest()) < LEFT_AT_THE_END);
    while ((await rest()) > 0) await sleep(200);
    return { published: options.count, windows };
  } finally {
    await program.stop();
  }
}

/** An open loop: an image that is sent late keeps the time at which it was due. */
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

/** After each exchange as long a time without one. Resolves with both, ms since 1970. */
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
  if (!response.ok) throw new Error(`version ${version} is not loaded: ${await response.text()}`);
  await response.arrayBuffer();
}

async function start(topics, models, signal) {
  const args = [
    ...['--broker', 'kafka', '--bootstrap-servers', kafka.servers, '--group', topics.input],
    ...['--input-topic', topics.input, '--output-topic', topics.output, '--dlq-topic', topics.dlq],
    // Only the first version could run in int8.
    ...['--model', join(models, '1'), '--model-control', 'explicit', '--precision', 'fp32'],
    ...['--no-demo', '--store', 'none', '--port', '0', '--log-level', 'warn', ...options.flags],
  ];
  return await MeasuredProcess.start(args, folder, signal);
}

/** By the program's own count. */
async function done({ url }) {
  const { predictions } = await (await fetch(`${url}/api/v1/stats`)).json();
  return predictions;
}

/** Everything in the topic: who made it, when it was published, and when its image was made. */
async function readAll(broker, topic, published) {
  const source = broker.createSource({ topic, group: null, from: 'earliest', ...PREDICTION_READER_LIMITS });
  const outcomes = [];
  try {
    await source.open(AbortSignal.timeout(LAST_MS));
    // What comes twice comes after the last one.
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
  if (outcomes.length < published) console.error(`${outcomes.length} of ${published} predictions were read`);
  return outcomes;
}

function print() {
  if (options.json) return void console.log(JSON.stringify(figures));
  for (const [part, { account, swap: exchanged, steady, loads }] of Object.entries(figures)) {
    const figure = (name, values, unit = '', digits = 0) => ({ name, values, unit, digits });
    const pair = (name, pick, unit, digits) => [
      figure(`${name}, exchange`, exchanged.map(pick), unit, digits),
      figure(`${name}, none`, steady.map(pick), unit, digits),
    ];
    const title = part === 'full' ? 'As fast as it can' : `${options.rate} images/s`;
    const lines = [
      ...Object.entries(account).map(([name, value]) => figure(name, [value])),
      figure('until an exchange is answered', loads, 'ms'),
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
    console.log(toText(`${title}: median of ${exchanged.length} exchanges (lowest – highest)`, lines));
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
