/**
 * Writes a model of the shape of MobileNetV2 for colour images of twelve kinds, and photos for it. Run `npm run build` first.
 *
 *   node scripts/bench/make-mobilenet.mjs <folder> [--size 224] [--seed 1] [--photos 24]
 *
 * <folder>/model has model.onnx and classifier.json; <folder>/photos has a subfolder for each kind, with JPEG files of 1 to 12 megapixels.
 */
import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { photoOf, SCENES } from '../pictures/scenes.mjs';
import { mobileNet, PREPROCESSING } from './mobilenet.mjs';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    size: { type: 'string', default: '224' },
    seed: { type: 'string', default: '1' },
    photos: { type: 'string', default: '0' },
  },
});
const [folder] = positionals;
if (folder === undefined)
  throw new Error('usage: make-mobilenet.mjs <folder> [--size 224] [--seed 1] [--photos 24]');

/** Usual sizes of photos: 12, 1, 5, 2, 8 and 3 megapixels, upright and across. */
const SIZES = [
  [4032, 3024],
  [1152, 864],
  [2592, 1944],
  [1200, 1600],
  [3264, 2448],
  [1536, 2048],
];

const model = path.join(folder, 'model');
await mkdir(model, { recursive: true });
await writeFile(path.join(model, 'model.onnx'), await mobileNet(Number(values.size), Number(values.seed)));
const input = { resize: 'crop', ...PREPROCESSING };
await writeFile(path.join(model, 'classifier.json'), JSON.stringify({ labels: SCENES, input }, null, 2));
for (let i = 0; i < Number(values.photos); i++) {
  const label = i % SCENES.length;
  const [width, height] = SIZES[(i + Math.floor(i / SIZES.length)) % SIZES.length];
  const file = path.join(folder, 'photos', SCENES[label], `${i}-${width}x${height}.jpg`);
  await mkdir(path.dirname(file), { recursive: true });
  await writeFile(file, await photoOf(label, { width, height }, 50 + i));
}
