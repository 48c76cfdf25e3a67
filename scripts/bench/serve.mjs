// Measures the response times of `serve` while consumers run at full load; docs/benchmarks.md describes the method.
//
//   node scripts/bench/serve.mjs --bootstrap-servers localhost:9092 [options]
//
//   --consumers <n>  number of `run --no-http` processes (default: 1)
//   --count <n>      images in the topic (default: 200000)
//   --rate <n>       requests/s per route, in an open loop (default: 20)
//   --one-process    measure a single `run` with its own page instead
//   --json           figures as JSON
import { execFile, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs, promisify } from 'node:util';

const MAIN = join(dirname(fileURLToPath(import.meta.url)), '..', '..', 'dist', 'cli', 'main.js');
const ROUTES = ['/livez', '/api/v1/stats', '/api/v1/predictions?limit=50', '/api/v1/confusion'];
/** Maximum number of images of one `publish`. */
const TEST_IMAGES = 10_000;
const START_MS = 120_000;

const { values } = parseArgs({
  options: {
    'bootstrap-servers': { type: 'string', default: 'localhost:9092' },
    consumers: { type: 'string', default: '1' },
    count: { type: 'string', default: '200000' },
    rate: { type: 'string', default: '20' },
    'one-process': { type: 'boolean', default: false },
    json: { type: 'boolean', default: false },
  },
});
const [consumers, count, rate] = ['consumers', 'count', 'rate'].map(positive);
const run = promisify(execFile);
const home = mkdtempSync(join(tmpdir(), 'stream-infer-serve-'));
const env = { ...process.env, XDG_DATA_HOME: home };
const name = `serve-${randomBytes(4).toString('hex')}`;
const broker = ['--broker', 'kafka', '--bootstrap-servers', values['bootstrap-servers']];
const topics = ['--input-topic', name, '--output-topic', `${name}.out`, '--dlq-topic', `${name}.dlq`];
const children = [];

try {
  await command('topics', 'create', '--partitions', '8');
  for (let left = count; left > 0; left -= TEST_IMAGES)
    await command('publish', '--end', String(Math.min(left, TEST_IMAGES)), '--with-truth');
  report(await measure());
} finally {
  await Promise.all(children.map(stop));
  await command('topics', 'delete', '--yes');
  rmSync(home, { recursive: true });
}

async function measure() {
  const page = values['one-process'] ? null : start('serve', '--port', '0');
  const url = page && (await urlOf(page));
  const group = ['--group', name, '--no-demo'];
  const workers = Array.from({ length: values['one-process'] ? 1 : consumers }, () =>
    start('run', ...group, ...(page ? ['--no-http'] : ['--port', '0', '--store', join(home, 'run.db')])),
  );
  const asked = url ?? (await urlOf(workers[0]));
  while ((await stored(asked)) === 0) await sleep(50);
  const startedAt = performance.now();
  const from = await stored(asked);
  const times = new Map(ROUTES.map((route) => [route, []]));
  const pending = new Set();
  let failures = 0;
  const timer = setInterval(() => {
    for (const route of ROUTES) {
      const at = performance.now();
      const one = ask(asked + route)
        .then(
          () => times.get(route).push(performance.now() - at),
          () => failures++,
        )
        .finally(() => pending.delete(one));
      pending.add(one);
    }
  }, 1000 / rate);
  let last = from;
  let lastAt = startedAt;
  // Ends when all images are stored or progress stops.
  while (last < count && performance.now() - lastAt < 15_000) {
    await sleep(100);
    const now = await stored(asked);
    if (now > last) [last, lastAt] = [now, performance.now()];
  }
  clearInterval(timer);
  await Promise.all(pending);
  const seconds = (lastAt - startedAt) / 1000;
  return {
    seconds,
    stored: last,
    imagesPerSecond: (last - from) / seconds,
    failures,
    routes: quantiles(times),
  };
}

function quantiles(times) {
  return Object.fromEntries(
    [...times].map(([route, taken]) => {
      const sorted = taken.sort((a, b) => a - b);
      const at = (share) => sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? null;
      return [route, { requests: sorted.length, p50: at(0.5), p99: at(0.99), max: sorted.at(-1) ?? null }];
    }),
  );
}

function report(figures) {
  if (values.json) return void console.log(JSON.stringify(figures));
  const { seconds, imagesPerSecond, failures, routes } = figures;
  console.log(
    `${figures.stored} of ${count} images stored, ${imagesPerSecond.toFixed(0)}/s over ${seconds.toFixed(1)} s; ${failures} requests failed`,
  );
  for (const [route, { requests, p50, p99, max }] of Object.entries(routes))
    console.log(
      `${route.padEnd(30)} ${requests} requests, p50 ${p50?.toFixed(1)} ms, p99 ${p99?.toFixed(1)} ms, max ${max?.toFixed(1)} ms`,
    );
}

/** Number of predictions in the store. */
async function stored(url) {
  const { judged } = await (await ask(`${url}/api/v1/confusion`)).json();
  return judged;
}

/** Requests a URL and reads the body. */
async function ask(url) {
  const response = await fetch(url, { signal: AbortSignal.timeout(10_000) });
  const text = await response.text();
  if (!response.ok) throw new Error(`${url}: ${response.status}`);
  return { json: async () => JSON.parse(text) };
}

function start(...words) {
  const child = spawn(process.execPath, [MAIN, ...words, ...broker, ...topics], {
    env,
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  child.logged = '';
  child.stderr.on('data', (chunk) => (child.logged = (child.logged + chunk).slice(-20_000)));
  child.ended = new Promise((resolve) => child.once('close', resolve));
  children.push(child);
  return child;
}

async function urlOf(child) {
  const deadline = performance.now() + START_MS;
  for (;;) {
    const url = /on (http:\S+)/.exec(child.logged)?.[1];
    if (url !== undefined) return url;
    if (child.exitCode !== null || performance.now() > deadline)
      throw new Error(`serve did not start:\n${child.logged}`);
    await sleep(50);
  }
}

async function stop(child) {
  child.kill();
  await child.ended;
}

async function command(...words) {
  await run(process.execPath, [MAIN, ...words, ...broker, ...topics], { env });
}

function positive(option) {
  const value = Number(values[option]);
  if (Number.isInteger(value) && value > 0) return value;
  throw new Error(`--${option} ${values[option]}: expected a whole number above 0`);
}
