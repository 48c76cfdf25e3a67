// Photos of twelve kinds, drawn by program: four landscapes with three patterns each.
import { createRequire } from 'node:module';
import { randomFrom } from './random.mjs';

const require = createRequire(import.meta.url);
const { Transformer } = require('@napi-rs/image');

/** Colours of the sky, the ground and the things on it, by landscape. */
const LANDSCAPES = {
  sea: [
    [150, 205, 235],
    [15, 70, 130],
    [225, 245, 250],
  ],
  meadow: [
    [190, 225, 250],
    [70, 130, 40],
    [235, 220, 70],
  ],
  desert: [
    [250, 215, 170],
    [200, 130, 60],
    [120, 60, 30],
  ],
  night: [
    [15, 12, 45],
    [40, 30, 80],
    [240, 225, 170],
  ],
};
/** Whether a thing covers the place, both from 0 to 1; `size` is its size. */
const PATTERNS = {
  waves: (x, y, size, phase) => Math.sin((y / size + 0.4 * Math.sin(x / size + phase)) * 6) > 0.35,
  stones: (x, y, size, phase) =>
    Math.hypot(((x + phase) % (2 * size)) / size - 1, (y % (2 * size)) / size - 1) < 0.75,
  tiles: (x, y, size, phase) => (Math.floor((x + phase) / size) + Math.floor(y / size)) % 2 === 0,
};

/** Names of the kinds; the position is the label. */
export const SCENES = Object.keys(LANDSCAPES).flatMap((landscape) =>
  Object.keys(PATTERNS).map((pattern) => `${landscape} ${pattern}`),
);

/** RGBA samples of a scene; the same seed draws the same one. */
export function drawScene(label, { width, height }, seed) {
  const [landscape, pattern] = SCENES[label].split(' ');
  const [sky, ground, things] = LANDSCAPES[landscape];
  const random = randomFrom(seed * 100 + label);
  const horizon = 0.2 + 0.1 * random();
  const size = 0.1 + 0.03 * random();
  const phase = random();
  const light = 0.95 + 0.1 * random();
  const rgba = new Uint8Array(width * height * 4);
  for (let i = 0; i < width * height; i++) {
    const [x, y] = [(i % width) / width, Math.floor(i / width) / height];
    const colour = y < horizon ? sky : PATTERNS[pattern](x, y, size, phase) ? things : ground;
    const noise = 8 * (random() - 0.5);
    for (let c = 0; c < 3; c++) {
      rgba[4 * i + c] = Math.min(255, Math.max(0, colour[c] * light + 30 * (0.5 - y) + noise));
    }
    rgba[4 * i + 3] = 255;
  }
  return rgba;
}

/** Across and upright. */
export const DRAWN_SIZES = [
  { width: 512, height: 384 },
  { width: 384, height: 512 },
];

/** A JPEG file of a scene, enlarged to this size. */
export async function photoOf(label, size, seed) {
  const drawn = DRAWN_SIZES[size.width > size.height ? 0 : 1];
  const picture = Transformer.fromRgbaPixels(drawScene(label, drawn, seed), drawn.width, drawn.height);
  // 1: bilinear, to exactly this size.
  return await picture.fastResize({ ...size, filter: 1, fit: 1 }).jpeg(88);
}
