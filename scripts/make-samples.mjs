/**
 * Creates src/dataset/samples from the test set: a grey PNG sheet of 16 × 16 images and a JSON file with their labels.
 * Run it after a build (it uses dist/dataset to find and verify the data): node scripts/make-samples.mjs [--data-dir DIR]
 */
import { writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { parseArgs } from 'node:util';

const require = createRequire(import.meta.url);
const { losslessCompressPng, Transformer } = require('@napi-rs/image');

const SIDE = 28;
const COLUMNS = 16;
const COUNT = COLUMNS * COLUMNS;
const CLASSES = 10;
const target = new URL('../src/dataset/samples/', import.meta.url);

const { values } = parseArgs({
  options: { 'data-dir': { type: 'string' }, dist: { type: 'string', default: '../dist' } },
});
const { loadFashionMnist } = require(`${values.dist}/dataset/fashion-mnist.js`);
const test = await loadFashionMnist('test', { dataDir: values['data-dir'], download: true });
const indices = chooseBalanced(test.labels);
await writeFile(new URL('fashion-mnist-256.png', target), await encodeSheet(test.pixels, indices));
await writeFile(new URL('fashion-mnist-256.json', target), toLabelsJson(test.labels, indices));

/** The first 25 or 26 images of every class in the order of the test set, which keeps the classes mixed. */
function chooseBalanced(labels) {
  const taken = new Array(CLASSES).fill(0);
  const allowed = (label) => Math.floor(COUNT / CLASSES) + (label < COUNT % CLASSES ? 1 : 0);
  return [...labels.keys()].filter((index) => taken[labels[index]]++ < allowed(labels[index]));
}

async function encodeSheet(pixels, indices) {
  const side = COLUMNS * SIDE;
  const rgba = new Uint8Array(side * side * 4).fill(255);
  indices.forEach((index, tile) => {
    for (let i = 0; i < SIDE * SIDE; i++) {
      const x = (tile % COLUMNS) * SIDE + (i % SIDE);
      const y = Math.floor(tile / COLUMNS) * SIDE + Math.floor(i / SIDE);
      rgba.fill(pixels[index * SIDE * SIDE + i], (y * side + x) * 4, (y * side + x) * 4 + 3);
    }
  });
  // The optimiser also converts it to a single grey channel, as samples.ts expects.
  return losslessCompressPng(await Transformer.fromRgbaPixels(rgba, side, side).png(), {});
}

function toLabelsJson(labels, indices) {
  const sheet = { source: 'Fashion-MNIST, test set', indices, labels: indices.map((index) => labels[index]) };
  return `${JSON.stringify(sheet)}\n`;
}
