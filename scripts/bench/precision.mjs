// Measures the CPU time of inference per image in fp32 and int8, without broker or decoding. Rounds alternate in one
// thread, so that a slow machine affects both.
//
//   node scripts/bench/precision.mjs [--model fashion-mnist@1] [--rounds 5] [--ms 300] [--batch 64]
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

const require = createRequire(import.meta.url);
const DIST = join(dirname(fileURLToPath(import.meta.url)), '..', '..', 'dist');
const { readModelFiles, resolveModelDir } = require(join(DIST, 'models', 'files', 'index.js'));
const { createRuntime } = require(join(DIST, 'inference', 'runtimes', 'index.js'));
const { loadSamples } = require(join(DIST, 'dataset', 'samples.js'));

const { values } = parseArgs({
  options: {
    model: { type: 'string', default: 'fashion-mnist@1' },
    rounds: { type: 'string', default: '5' },
    ms: { type: 'string', default: '300' },
    batch: { type: 'string', default: '64' },
  },
});
const [rounds, ms, batch] = [values.rounds, values.ms, values.batch].map(Number);

const { pixels: samples } = await loadSamples();
const pixels = samples.slice(0, batch * 784);
const files = await readModelFiles(await resolveModelDir(values.model));
const sides = { fp32: await load('fp32'), int8: await load('int8') };
const times = { fp32: [], int8: [] };
for (let round = 0; round < rounds; round++) {
  for (const [precision, runtime] of Object.entries(sides)) times[precision].push(await measure(runtime));
}
for (const precision of ['fp32', 'int8']) print(precision, times[precision], 'µs/image', 1);
const speedups = times.fp32.map((time, i) => time / times.int8[i]);
print('int8 / fp32', speedups, 'times as fast', 2);

async function load(precision) {
  const runtime = createRuntime('onnx', precision);
  await runtime.load(files);
  for (let i = 0; i < 5; i++) await runtime.predict(pixels, batch);
  return runtime;
}

/** CPU time per image, µs. */
async function measure(runtime) {
  const before = process.cpuUsage();
  const startedAt = performance.now();
  let images = 0;
  for (; performance.now() - startedAt < ms; images += batch) await runtime.predict(pixels, batch);
  const { user, system } = process.cpuUsage(before);
  return (user + system) / images;
}

function print(name, figures, unit, digits) {
  const sorted = figures.toSorted((a, b) => a - b).map((figure) => figure.toFixed(digits));
  const median = sorted[Math.floor(sorted.length / 2)];
  console.log(
    `${name.padEnd(12)} ${median} ${unit} (${sorted[0]} – ${sorted.at(-1)}, ${sorted.length} rounds)`,
  );
}
