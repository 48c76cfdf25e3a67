// Shows that corrections help. Drifted images are published, and 200 of them are labelled over the API. Then a candidate is
// trained, run as a shadow and as a canary, and promoted. docs/guides/labels.md has the figures.
//
//   node scripts/bench/labels.mjs [--model models/fashion-mnist/2] [--labels 200] [--port 18780]
import { spawn } from 'node:child_process';
import { cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));
const require = createRequire(import.meta.url);
const load = (name) => require(join(root, 'dist', `${name}.js`));
const { loadFashionMnist } = load('dataset/fashion-mnist');
const { createPermutation, createRandom } = load('training/random');

const { values } = parseArgs({
  options: {
    model: { type: 'string', default: join(root, 'models/fashion-mnist/2') },
    labels: { type: 'string', default: '200' },
    port: { type: 'string', default: '18780' },
  },
});
const SIDE = 28;
const PIXELS = SIDE * SIDE;
/** Images to measure on; none of them was labelled. */
const MEASURED = 3_000;
const NOISE = 60;
const folder = mkdtempSync(join(tmpdir(), 'stream-infer-labels-bench-'));
const url = `http://127.0.0.1:${values.port}`;
const name = basename(dirname(values.model));
const version = Number(basename(values.model));
cpSync(values.model, join(folder, name, String(version)), { recursive: true });
writeFileSync(
  join(folder, 'run.yaml'),
  'requests: { enabled: true }\ndemo: { enabled: false }\nmodels: { control: explicit, trial: 5s }\n',
);
const flags = [
  '--broker',
  'memory',
  '-c',
  join(folder, 'run.yaml'),
  '--model',
  join(folder, name),
  '--port',
  values.port,
];
const child = spawn(process.execPath, [join(root, 'dist/cli/main.js'), 'run', ...flags], { stdio: 'ignore' });
try {
  await until(async () => (await fetch(`${url}/readyz`).catch(() => null))?.ok === true);
  const train = await drifted('train', Number(values.labels), 7);
  const test = await drifted('test', MEASURED, 11);
  const before = await accuracy(test);
  for (let i = 0; i < train.labels.length; i++) {
    const answer = await post(`/api/v1/requests?id=drifted-${i}&wait=10s`, imageOf(train, i));
    const { prediction } = await answer.json();
    await json('/api/v1/labels', { id: prediction.id, label: train.labels[i], by: 'bench' });
  }
  const started = performance.now();
  await json('/api/v1/labels/retraining', { by: 'bench' });
  const job = await until(async () => {
    const { job: found } = await (await fetch(`${url}/api/v1/labels/retraining`)).json();
    return found.endedAt !== null && found;
  }, 1_800_000);
  console.log(`${job.phase} after ${Math.round((performance.now() - started) / 1000)} s: ${job.message}`);
  if (job.phase !== 'offered') throw new Error('the candidate was not offered');
  await json('/api/v1/models/rollout', { mode: 'canary', version: job.version, percent: 20 });
  console.log('canary of 20 % of the keys');
  await post(`/v2/repository/models/${name}/versions/${job.version}/load`);
  const after = await accuracy(test);
  const points = (share) => `${(100 * share).toFixed(2)} %`;
  console.log(`version ${version} → ${job.version}, promoted`);
  console.log(`drifted images that nobody labelled (${MEASURED}): ${points(before)} → ${points(after)}`);
  console.log(`test images: ${points(job.comparison.base.test)} → ${points(job.comparison.candidate.test)}`);
} finally {
  child.kill('SIGTERM');
  await new Promise((resolve) => child.once('exit', resolve));
  rmSync(folder, { recursive: true });
}

async function until(check, ms = 60_000) {
  for (const end = Date.now() + ms; Date.now() < end; await sleep(500)) {
    const found = await check();
    if (found) return found;
  }
  throw new Error('timed out');
}

async function post(path, body, type = 'application/octet-stream') {
  const headers = body === undefined ? {} : { 'content-type': type };
  const response = await fetch(`${url}${path}`, { method: 'POST', headers, body });
  if (!response.ok) throw new Error(`${path}: HTTP ${response.status} ${await response.text()}`);
  return response;
}

async function json(path, body) {
  return await post(path, JSON.stringify(body), 'application/json');
}

/** Of the active version, over the interactive lane. */
async function accuracy(images) {
  let correct = 0;
  for (let i = 0; i < images.labels.length; i++) {
    const { label } = await (await post('/api/v1/classify', imageOf(images, i))).json();
    if (label === images.labels[i]) correct++;
  }
  return correct / images.labels.length;
}

function imageOf({ pixels }, i) {
  return pixels.subarray(i * PIXELS, (i + 1) * PIXELS);
}

/** A third each rotated by 20 to 40 degrees, inverted, and noisy. */
async function drifted(split, count, seed) {
  const images = await loadFashionMnist(split, {});
  const random = createRandom(seed);
  const order = createPermutation(images.labels.length, random).subarray(0, count);
  const kinds = [rotated, inverted, noisy];
  const pixels = new Uint8Array(count * PIXELS);
  order.forEach((index, i) =>
    pixels.set(kinds[i % kinds.length](imageOf(images, index), random), i * PIXELS),
  );
  return { pixels, labels: Uint8Array.from(order, (index) => images.labels[index]) };
}

function inverted(image) {
  return image.map((pixel) => 255 - pixel);
}

function noisy(image, random) {
  return image.map((pixel) => {
    const normal = Math.sqrt(-2 * Math.log(Math.max(random(), 1e-9))) * Math.cos(2 * Math.PI * random());
    return Math.max(0, Math.min(255, Math.round(pixel + NOISE * normal)));
  });
}

function rotated(image, random) {
  const angle = ((20 + 20 * random()) * (random() < 0.5 ? -1 : 1) * Math.PI) / 180;
  const [cos, sin, middle] = [Math.cos(angle), Math.sin(angle), (SIDE - 1) / 2];
  const at = (x, y) => (x < 0 || y < 0 || x >= SIDE || y >= SIDE ? 0 : image[y * SIDE + x]);
  return Uint8Array.from({ length: PIXELS }, (_, i) => {
    const [dx, dy] = [(i % SIDE) - middle, Math.floor(i / SIDE) - middle];
    const [x, y] = [cos * dx + sin * dy + middle, -sin * dx + cos * dy + middle];
    const [left, top] = [Math.floor(x), Math.floor(y)];
    const [right, down] = [x - left, y - top];
    const above = (1 - right) * at(left, top) + right * at(left + 1, top);
    const below = (1 - right) * at(left, top + 1) + right * at(left + 1, top + 1);
    return Math.round((1 - down) * above + down * below);
  });
}
