/**
 * Accuracy on the test images of Fashion-MNIST as parts of larger pictures, by the way of resizing.
 * Run `npm run build` first.
 *
 *   node scripts/bench/photos.mjs [--images 10000] [--scales 1,4] [--backgrounds white,black]
 */
import { createRequire } from 'node:module';
import { parseArgs } from 'node:util';
import { BACKGROUNDS, FRAMES, SIDE, compose, images, labels, randomFrom } from '../pictures/garments.mjs';

const require = createRequire(import.meta.url);
const { toModelImage } = require('../../dist/codec/model-image.js');
const { FASHION_MNIST } = require('../../dist/core/model-shape.js');
const { resolveModelDir } = require('../../dist/models/files/index.js');
const { createPool } = require('../../dist/inference/pool.js');

const { values } = parseArgs({
  options: {
    images: { type: 'string', default: '10000' },
    /** Pixels of a picture for each pixel of the garment. */
    scales: { type: 'string', default: '1,4' },
    backgrounds: { type: 'string' },
  },
});
const COUNT = Number(values.images);
const SCALES = values.scales.split(',').map(Number);
const SILENT = Object.fromEntries(['debug', 'info', 'warn', 'error'].map((level) => [level, () => {}]));

async function accuracy(pool, frame, background, scale, resize) {
  const random = randomFrom(7);
  const size = 250;
  let right = 0;
  for (let start = 0; start < COUNT; start += size) {
    const n = Math.min(size, COUNT - start);
    const bytes = new Uint8Array(n * 784);
    for (let i = 0; i < n; i++) {
      const image = images.subarray((start + i) * 784, (start + i + 1) * 784);
      const picture = compose(image, frame, background, scale, random);
      bytes.set(toModelImage(picture, 1, 'auto', { ...FASHION_MNIST, resize }), i * 784);
    }
    const offsets = Uint32Array.from({ length: n + 1 }, (_, i) => i * 784);
    const { probabilities } = await pool.classify({
      bytes,
      offsets,
      formats: new Uint8Array(n),
      size: n,
      urgent: false,
    });
    for (let i = 0; i < n; i++) {
      const scores = [...probabilities.subarray(i * 10, (i + 1) * 10)];
      if (scores.indexOf(Math.max(...scores)) === labels[start + i]) right++;
    }
  }
  return right / COUNT;
}

const pool = await createPool({
  modelDir: await resolveModelDir('fashion-mnist'),
  runtime: 'auto',
  workers: 1,
  maxBatch: 250,
  taskTimeoutMs: 60_000,
  startTimeoutMs: 60_000,
  log: SILENT,
});
const names = values.backgrounds?.split(',') ?? Object.keys(BACKGROUNDS);
console.log('| frame | background | garment | fit | content |\n| --- | --- | --- | --- | --- |');
for (const [frame, sides] of Object.entries(FRAMES)) {
  for (const name of names) {
    for (const scale of SCALES) {
      const results = [];
      for (const resize of ['fit', 'content'])
        results.push(
          `${(100 * (await accuracy(pool, sides, BACKGROUNDS[name], scale, resize))).toFixed(1)} %`,
        );
      console.log(`| ${frame} | ${name} | ${SIDE * scale} px | ${results.join(' | ')} |`);
    }
  }
}
await pool.close();
