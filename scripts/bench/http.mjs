// Measures HTTP response times and the cost of open pages while the stream runs at full speed.
// docs/benchmarks.md describes the method.
//
//   node scripts/bench/http.mjs [--runs 5] [--count 100000] [--pages 200] [--bootstrap-servers …] [--markdown]
//
// Three sides alternate: no requests; `GET predictions?limit=50` and `POST classify` at 20/s each in an open loop; and
// many open live pages.
import { spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { kafkaFor } from './own-brokers.mjs';
import { toMarkdown, toText } from './table.mjs';

const ROOT = join(dirname(fileURLToPath(import.meta.url)), '..', '..');
const MAIN = join(ROOT, 'dist', 'cli', 'main.js');
const EVERY_MS = 50;
/** Images in the test set, the maximum of one `publish`. */
const TEST_IMAGES = 10_000;
const NAMES = { input: 'stream-infer-bench-http', output: 'stream-infer-bench-http-predictions' };

const { values } = parseArgs({
  options: {
    runs: { type: 'string', default: '5' },
    count: { type: 'string', default: '100000' },
    pages: { type: 'string', default: '200' },
    'bootstrap-servers': { type: 'string' },
    markdown: { type: 'boolean', default: false },
  },
});
const [runs, count, pages] = [values.runs, values.count, values.pages].map(Number);
if (!existsSync(MAIN)) throw new Error('dist/ is missing; run node scripts/build.mjs first');
const { Transformer } = createRequire(import.meta.url)('@napi-rs/image');
const sheet = readFileSync(join(ROOT, 'src', 'dataset', 'samples', 'fashion-mnist-256.png'));
const image = await new Transformer(sheet).crop(0, 0, 28, 28).png();
const broker = await kafkaFor(values['bootstrap-servers']);
const kafka = ['--broker', 'kafka', '--bootstrap-servers', broker.servers];
const topics = ['--input-topic', NAMES.input, '--output-topic', NAMES.output];
try {
  await cli('topics', 'create', ...kafka, ...topics);
  try {
    for (let left = count; left > 0; left -= TEST_IMAGES)
      await cli('publish', ...kafka, ...topics, '--end', Math.min(left, TEST_IMAGES));
    print(await measureAll());
  } finally {
    await cli('topics', 'delete', '--yes', ...kafka, ...topics);
  }
} finally {
  await broker.close();
}

async function measureAll() {
  const measured = [];
  for (let i = 1; i <= runs; i++) {
    console.error(`run ${i} of ${runs}`);
    const alone = await measure(`alone-${i}`, async () => undefined);
    const asked = await measure(`asked-${i}`, ask);
    const watched = await measure(`watched-${i}`, watch);
    measured.push({ alone, asked, watched });
  }
  return measured;
}

/** Runs the program over the whole topic, with `meanwhile` from the first to the last tenth. */
async function measure(group, meanwhile) {
  const program = start(`${NAMES.input}-${process.pid}-${group}`);
  const url = await program.url;
  const begin = await doneFrom(url, count / 10);
  const over = new AbortController();
  const measuring = meanwhile(url, over.signal);
  const end = await doneFrom(url, count * 0.9);
  over.abort();
  const figures = await measuring;
  await program.ended;
  return { imagesPerSecond: ((end.done - begin.done) / (end.at - begin.at)) * 1000, ...figures };
}

function start(group) {
  const flags = ['--group', group, '--limit', String(count), '--port', '0', '--store', 'none'];
  const child = spawn(process.execPath, [MAIN, 'run', ...kafka, ...topics, ...flags], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  const ended = new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code) =>
      code === 0 ? resolve() : reject(new Error(`run exited with code ${code}: ${output}`)),
    );
  });
  const url = new Promise((resolve, reject) => {
    const listen = (text) => {
      output = (output + text).slice(-10_000);
      const match = /on http:\/\/localhost:(\d+)/.exec(output);
      if (match) resolve(`http://127.0.0.1:${match[1]}`);
    };
    child.stdout.on('data', listen);
    child.stderr.on('data', listen);
    ended.then(() => reject(new Error(`run exited: ${output}`)), reject);
  });
  return { url, ended };
}

/** Waits for `least` predictions by the program's count; resolves with the number and the time. */
async function doneFrom(url, least) {
  for (;;) {
    const response = await fetch(`${url}/api/v1/stats`);
    const { predictions: done } = await response.json();
    if (done >= least) return { done, at: performance.now() };
    await sleep(100);
  }
}

async function ask(url, signal) {
  const list = () => fetch(`${url}/api/v1/predictions?limit=50`);
  const headers = { 'content-type': 'image/png' };
  const classify = () => fetch(`${url}/api/v1/classify`, { method: 'POST', headers, body: image });
  const [predictions, classified] = await Promise.all([repeat(list, signal), repeat(classify, signal)]);
  return { predictions, classified };
}

/** Sends requests at a fixed rate; resolves with the sorted response times, ms. */
async function repeat(request, signal) {
  const times = [];
  const pending = [];
  const timer = setInterval(() => pending.push(time(request, times)), EVERY_MS);
  await new Promise((resolve) => signal.addEventListener('abort', resolve));
  clearInterval(timer);
  await Promise.all(pending);
  return times.sort((a, b) => a - b);
}

async function time(request, times) {
  const startedAt = performance.now();
  const response = await request();
  await response.arrayBuffer();
  if (!response.ok) throw new Error(`${response.url} responded with status ${response.status}`);
  times.push(performance.now() - startedAt);
}

async function watch(url, signal) {
  const script = join(dirname(fileURLToPath(import.meta.url)), 'pages.mjs');
  const child = spawn(process.execPath, [script, url, String(pages)], { stdio: ['pipe', 'pipe', 'inherit'] });
  const startedAt = performance.now();
  let text = '';
  child.stdout.on('data', (chunk) => (text += chunk));
  await new Promise((resolve) => signal.addEventListener('abort', resolve));
  const seconds = (performance.now() - startedAt) / 1000;
  child.stdin.end();
  await new Promise((resolve) => child.on('close', resolve));
  const { pages: open, frames, bytes } = JSON.parse(text);
  return { pages: open, framesPerPage: frames / open / seconds, mibPerSecond: bytes / seconds / 2 ** 20 };
}

async function cli(...args) {
  const child = spawn(process.execPath, [MAIN, ...args.map(String)], {
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  const code = await new Promise((resolve) => child.on('close', resolve));
  if (code !== 0) throw new Error(`stream-infer ${args[0]} exited with code ${code}`);
}

function print(measured) {
  const figure = (name, pick, unit, digits = 0) => ({ name, unit, digits, values: measured.map(pick) });
  const quantiles = (name, pick) =>
    [0.5, 0.99].map((q) => figure(`${name} p${q * 100}`, (run) => quantile(pick(run), q), 'ms', 1));
  const lines = [
    figure('no requests', ({ alone }) => alone.imagesPerSecond, 'images/s'),
    figure('40 requests/s', ({ asked }) => asked.imagesPerSecond, 'images/s'),
    ...quantiles('GET predictions?limit=50', ({ asked }) => asked.predictions),
    ...quantiles('POST classify', ({ asked }) => asked.classified),
    figure(`${pages} live pages`, ({ watched }) => watched.imagesPerSecond, 'images/s'),
    figure(
      'with pages / without',
      ({ watched, alone }) => watched.imagesPerSecond / alone.imagesPerSecond,
      '',
      2,
    ),
    figure('open pages', ({ watched }) => watched.pages, ''),
    figure('frames per page', ({ watched }) => watched.framesPerPage, '/s', 1),
    figure('traffic to all pages', ({ watched }) => watched.mibPerSecond, 'MiB/s', 1),
  ];
  console.log(
    (values.markdown ? toMarkdown : toText)(`HTTP at full load, ${count} images, ${runs} runs`, lines),
  );
}

function quantile(sorted, q) {
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * q))] ?? NaN;
}
