/** Garments of the test set of Fashion-MNIST as parts of larger pictures. */
import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';

const FOLDER = process.env.FASHION_MNIST ?? '/usr/share/datasets/fashion-mnist';
export const SIDE = 28;

export const images = gunzipSync(readFileSync(`${FOLDER}/t10k-images-idx3-ubyte.gz`)).subarray(16);
export const labels = gunzipSync(readFileSync(`${FOLDER}/t10k-labels-idx1-ubyte.gz`)).subarray(8);

/** Frames in sides of the garment: width, height. */
export const FRAMES = {
  'fills the frame': [1, 1],
  'margin of half a garment': [2, 2],
  '16:9 frame': [16 / 9, 1],
  '16:9 frame with a margin': [(2 * 16) / 9, 2],
};
export const BACKGROUNDS = {
  black: { colour: [0, 0, 0] },
  white: { colour: [255, 255, 255] },
  'dark grey': { colour: [40, 40, 40], noise: 4 },
  'light grey': { colour: [220, 220, 220], noise: 4 },
  beige: { colour: [235, 220, 200], noise: 2, fall: 30 },
  'sky blue': { colour: [150, 190, 230], noise: 4 },
};

/** A garment of `scale` pixels for each of its own, smooth, anywhere in the frame. */
export function compose(image, [wide, high], { colour, noise = 0, fall = 0 }, scale, random) {
  const side = SIDE * scale;
  const [width, height] = [Math.round(side * wide), Math.round(side * high)];
  const [left, top] = [Math.floor(random() * (width - side + 1)), Math.floor(random() * (height - side + 1))];
  const bright = colour[0] > 127;
  const samples = new Uint8Array(width * height * 3);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const value = bilinear(image, (x - left + 0.5) / scale - 0.5, (y - top + 0.5) / scale - 0.5) / 255;
      const light = fall * (x / width - 0.5);
      const grain = noise * (random() + random() + random() + random() - 2) * 1.73;
      for (let i = 0; i < 3; i++) {
        const back = Math.min(255, colour[i] + light);
        const mixed = bright ? back * (1 - value) : back + value * (255 - back);
        samples[(y * width + x) * 3 + i] = Math.max(0, Math.min(255, Math.round(mixed + grain)));
      }
    }
  }
  return { width, height, channels: 3, samples };
}

/** 0 outside of the garment's square. */
function bilinear(image, x, y) {
  if (x < -0.5 || y < -0.5 || x >= SIDE - 0.5 || y >= SIDE - 0.5) return 0;
  const [left, top] = [Math.max(0, Math.floor(x)), Math.max(0, Math.floor(y))];
  const [right, bottom] = [Math.min(SIDE - 1, left + 1), Math.min(SIDE - 1, top + 1)];
  const [across, down] = [Math.max(0, x - left), Math.max(0, y - top)];
  const row = (at) => image[at * SIDE + left] * (1 - across) + image[at * SIDE + right] * across;
  return row(top) * (1 - down) + row(bottom) * down;
}
