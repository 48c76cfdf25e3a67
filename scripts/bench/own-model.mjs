/**
 * Compares the program with ONNX Runtime itself on a network with the layers of MobileNetV2. Run `npm run build` first.
 *
 *   node scripts/bench/own-model.mjs [--size 96] [--rounds 5] [--seconds 4] [--workers 2] [--max-batch 64]
 *
 * `bare`: onnxruntime on as many threads as workers, with preprocessed floats, at its best batch size.
 *
 * `workers`: the program's pool, with raw pixels in full batches. The sides take turns.
 *
 * Time is processor time of the whole process, which other programs disturb less. Decoding is measured apart.
 */
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { availableParallelism, loadavg, tmpdir } from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { fileURLToPath } from 'node:url';
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';
import { mobileNet, PREPROCESSING } from './mobilenet.mjs';
import { SCENES } from '../pictures/scenes.mjs';

const require = createRequire(import.meta.url);
const BATCHES = [1, 2, 4, 8, 16, 64];
const SILENT = Object.fromEntries(['debug', 'info', 'warn', 'error'].map((level) => [level, () => {}]));

if (isMainThread) await main();
else await serveBare();

async function main() {
  const { values } = parseArgs({
    options: {
      size: { type: 'string', default: '96' },
      rounds: { type: 'string', default: '5' },
      seconds: { type: 'string', default: '4' },
      workers: { type: 'string', default: String(availableParallelism()) },
      'max-batch': { type: 'string', default: '64' },
    },
  });
  const {
    size,
    rounds,
    seconds,
    workers,
    'max-batch': maxBatch,
  } = Object.fromEntries(Object.entries(values).map(([name, text]) => [name, Number(text)]));
  const folder = await mkdtemp(path.join(tmpdir(), 'stream-infer-own-model-'));
  const file = path.join(folder, 'model.onnx');
  await writeFile(file, await mobileNet(size));
  const classifier = { labels: SCENES, input: { resize: 'crop', ...PREPROCESSING } };
  await writeFile(path.join(folder, 'classifier.json'), JSON.stringify(classifier));
  const bare = await startBare({ file, side: size }, workers);
  const pool = await startPool(folder, workers, maxBatch);
  try {
    const costs = [];
    for (const batch of BATCHES) costs.push((await costOf(() => bare.run(batch, seconds))).micros);
    const best = BATCHES[costs.indexOf(Math.min(...costs))];
    console.log(
      `bare, µs/image by images a call: ${BATCHES.map((n, i) => `${n}: ${costs[i].toFixed(0)}`).join(', ')}`,
    );
    const figures = { bare: [], workers: [] };
    for (let round = 0; round < rounds; round++) {
      figures.bare.push(await costOf(() => bare.run(best, seconds)));
      figures.workers.push(await costOf(() => pool.run(seconds)));
    }
    for (const [name, all] of Object.entries(figures)) {
      print(
        `${name}, images/s`,
        all.map(({ rate }) => rate),
        0,
      );
      print(
        `${name}, µs/image`,
        all.map(({ micros }) => micros),
        0,
      );
    }
    const { bare: alone, workers: whole } = figures;
    print(
      'share in images/s',
      whole.map(({ rate }, i) => rate / alone[i].rate),
      2,
    );
    print(
      'share in time',
      whole.map(({ micros }, i) => alone[i].micros / micros),
      2,
    );
    print('decoding a JPEG, µs', await pool.decodingTimes(), 0);
    console.log(
      `load average ${loadavg()[0].toFixed(1)}; ${workers} threads, batches of ${maxBatch}, ${size} × ${size} pixels`,
    );
  } finally {
    await bare.close();
    await pool.close();
    await rm(folder, { recursive: true });
  }
}

/** Images/s, and processor time of the process per image in µs, which other programs disturb less. */
async function costOf(work) {
  const before = process.cpuUsage();
  const begin = performance.now();
  const images = await work();
  const { user, system } = process.cpuUsage(before);
  return { rate: (1000 * images) / (performance.now() - begin), micros: (user + system) / images };
}

async function startBare(task, count) {
  const threads = Array.from(
    { length: count },
    () => new Worker(fileURLToPath(import.meta.url), { workerData: task }),
  );
  const ask = (thread, message) => {
    const answer = once(thread, 'message');
    thread.postMessage(message);
    return answer;
  };
  return {
    run: async (batch, seconds) => {
      const counts = await Promise.all(threads.map((thread) => ask(thread, { batch, ms: seconds * 1000 })));
      return counts.flat().reduce((a, b) => a + b, 0);
    },
    close: () => Promise.all(threads.map((thread) => thread.terminate())),
  };
}

/** In a thread: calls onnxruntime as fast as possible. */
async function serveBare() {
  const ort = require('onnxruntime-node');
  const { file, side } = workerData;
  const options = { intraOpNumThreads: 1, interOpNumThreads: 1, graphOptimizationLevel: 'all' };
  const session = await ort.InferenceSession.create(file, options);
  parentPort.on('message', async ({ batch, ms }) => {
    const values = Float32Array.from({ length: batch * 3 * side * side }, (_, i) => Math.sin(i));
    const feeds = { image: new ort.Tensor('float32', values, [batch, 3, side, side]) };
    let images = 0;
    for (const until = performance.now() + ms; performance.now() < until; images += batch)
      await session.run(feeds);
    parentPort.postMessage(images);
  });
}

async function startPool(folder, workers, maxBatch) {
  const { createPool } = require('../../dist/inference/pool.js');
  const { packBatch } = require('../../dist/pipeline/packing.js');
  const { generateImages, pixelsAt, toJpeg } = require('../../dist/bench/load-images.js');
  const { decodeImage } = require('../../dist/codec/decode-image.js');
  const limits = { taskTimeoutMs: 60_000, startTimeoutMs: 60_000, log: SILENT };
  const pool = await createPool({
    modelDir: folder,
    runtime: 'onnx',
    precision: 'fp32',
    workers,
    maxBatch,
    ...limits,
  });
  const images = generateImages(pool.shape);
  return {
    run: async (seconds) => {
      const items = Array.from({ length: maxBatch }, (_, i) => ({
        bytes: pixelsAt(images, i % images.size),
        format: 'raw',
      }));
      const until = performance.now() + seconds * 1000;
      let classified = 0;
      // Two batches per worker, as in the batcher.
      const keepBusy = async () => {
        for (; performance.now() < until; classified += maxBatch) await pool.classify(packBatch(items));
      };
      await Promise.all(Array.from({ length: workers * 2 }, keepBusy));
      return classified;
    },
    decodingTimes: async () => {
      const files = Array.from({ length: images.size }, (_, i) => toJpeg(pixelsAt(images, i), pool.shape));
      const times = [];
      for (let round = 0; round < 5; round++) {
        const begin = performance.now();
        for (const file of files) await decodeImage(file, 'jpeg', 'never', pool.shape);
        times.push((1000 * (performance.now() - begin)) / files.length);
      }
      return times;
    },
    close: () => pool.close(),
  };
}

function print(name, values, digits) {
  const sorted = values.toSorted((a, b) => a - b).map((value) => value.toFixed(digits));
  console.log(`${name.padEnd(20)} ${sorted[sorted.length >> 1]} (${sorted[0]} – ${sorted.at(-1)})`);
}
