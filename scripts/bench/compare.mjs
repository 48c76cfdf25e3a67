// Compares stream-infer with a plain Python consumer on the same broker, topic, model and machine, turn by turn.
//
//   node scripts/bench/compare.mjs --bootstrap-servers localhost:9092 [--count 60000] [--runs 5] [-- flags of bench]
import { execFile, execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { homedir, tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs, promisify } from 'node:util';

const HERE = dirname(fileURLToPath(import.meta.url));
const DIST = join(HERE, '..', '..', 'dist');
const MAIN = join(DIST, 'cli', 'main.js');
const require = createRequire(import.meta.url);
const run = promisify(execFile);

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    'bootstrap-servers': { type: 'string', default: 'localhost:9092' },
    count: { type: 'string', default: '60000' },
    runs: { type: 'string', default: '5' },
  },
});
const servers = values['bootstrap-servers'];
const count = Number(values.count);
const kafka = ['--broker', 'kafka', '--bootstrap-servers', servers];
const topics = ['--input-topic', 'peer-images', '--output-topic', 'peer-predictions'];

const python = virtualEnvironment();
const model = await exportedModel();
await stream('topics', 'create', ...kafka, ...topics);
try {
  await publishImages();
  const rows = [];
  for (let i = 1; i <= Number(values.runs); i++) rows.push(await oneRun(i));
  report(rows);
} finally {
  await stream('topics', 'delete', '--yes', ...kafka, ...topics);
}

/** Alternating, so that a machine that slows down slows both down. */
async function oneRun(i) {
  console.error(`run ${i} of ${values.runs}`);
  const bench = JSON.parse(
    await stream('bench', ...kafka, '--count', String(count), '--json', ...positionals),
  );
  const batched = await peer(count, 256, 2);
  const single = await peer(Math.ceil(count / 10), 1, 2);
  return { bench, batched, single };
}

async function peer(images, batch, threads) {
  const args = [servers, 'peer-images', 'peer-predictions', images, model, batch, threads].map(String);
  const { stdout } = await run(python, [join(HERE, 'peer.py'), ...args], { timeout: 600_000 });
  return JSON.parse(stdout).imagesPerSecond;
}

async function publishImages() {
  for (let left = count; left > 0; left -= 10_000) {
    await stream('publish', ...kafka, ...topics, '--end', String(Math.min(left, 10_000)), '--with-truth');
  }
}

async function stream(...args) {
  const { stdout } = await run(process.execPath, [MAIN, ...args], { maxBuffer: 1 << 26 });
  return stdout;
}

async function exportedModel() {
  const { readModelFiles, resolveModelDir } = require(join(DIST, 'inference', 'model-files', 'index.js'));
  const { compileToOnnx } = require(join(DIST, 'inference', 'onnx', 'compile.js'));
  const file = join(mkdtempSync(join(tmpdir(), 'stream-infer-bench-')), 'model.onnx');
  writeFileSync(file, compileToOnnx(await readModelFiles(await resolveModelDir('fashion-mnist'))));
  return file;
}

function virtualEnvironment() {
  const folder = join(homedir(), '.cache', 'stream-infer-bench');
  const marker = join(folder, 'requirements.txt');
  const requirements = readFileSync(join(HERE, 'requirements.txt'));
  if (!existsSync(marker) || !readFileSync(marker).equals(requirements)) {
    execFileSync('python3', ['-m', 'venv', '--clear', folder], { stdio: ['ignore', 'ignore', 'inherit'] });
    const pip = ['install', '-q', '-r', join(HERE, 'requirements.txt')];
    execFileSync(join(folder, 'bin', 'pip'), pip, { stdio: ['ignore', 'ignore', 'inherit'] });
    writeFileSync(marker, requirements);
  }
  return join(folder, 'bin', 'python');
}

function report(rows) {
  const { runtime, workers, maxBatch } = rows[0].bench;
  console.log(
    `${rows.length} runs of ${count} images; ${runtime}, ${workers} workers, batches up to ${maxBatch}`,
  );
  const line = (name, pick, unit, digits = 0) => {
    const sorted = rows.map(pick).sort((a, b) => a - b);
    const text = (value) => value.toFixed(digits);
    const median = sorted[Math.floor(sorted.length / 2)];
    console.log(`${name.padEnd(38)} ${text(median)} ${unit} (${text(sorted[0])} – ${text(sorted.at(-1))})`);
  };
  line('stream-infer, end to end', ({ bench }) => bench.throughput, 'images/s');
  line('inference alone', ({ bench }) => bench.ceiling, 'images/s');
  line('Python, batches of 256, 2 threads', ({ batched }) => batched, 'images/s');
  line('Python, one message at a time', ({ single }) => single, 'images/s');
  line('stream-infer / inference alone', ({ bench }) => bench.ofCeiling, '', 2);
  line('stream-infer / Python batched', ({ bench, batched }) => bench.throughput / batched, '', 2);
  line('stream-infer / Python one at a time', ({ bench, single }) => bench.throughput / single, '', 2);
  line('latency p50 at 1000/s', ({ bench }) => bench.latency.p50, 'ms', 1);
  line('latency p99 at 1000/s', ({ bench }) => bench.latency.p99, 'ms', 1);
  line('HTTP probe p99 at full load', ({ bench }) => bench.probe.p99, 'ms', 1);
  line('RSS at most', ({ bench }) => bench.rss.peak / 2 ** 20, 'MiB');
  line('lost', ({ bench }) => bench.lost, 'images');
  line('duplicates', ({ bench }) => bench.duplicates, 'images');
}
