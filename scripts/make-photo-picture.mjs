/**
 * Makes docs/images/photos.png: pictures of garments, and what the model gets with `--resize fit` and `content`.
 * Run `npm run build` first.
 */
import { writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { Transformer } from '@napi-rs/image';
import { BACKGROUNDS, FRAMES, SIDE, compose, images, randomFrom } from './pictures/garments.mjs';

const require = createRequire(import.meta.url);
const { toModelImage } = require('../dist/codec/model-image.js');
const { FASHION_MNIST } = require('../dist/core/model-shape.js');

/** Pixels of the sheet for each of the model's. */
const ZOOM = 5;
const CELL = SIDE * ZOOM;
const GAP = 10;
const ROWS = [
  { image: 0, background: 'white' },
  { image: 2, background: 'beige' },
  { image: 13, background: 'sky blue' },
];

const random = randomFrom(3);
const photo = { width: Math.round((CELL * 16) / 9), height: CELL };
const sheet = {
  width: photo.width + 2 * CELL + 4 * GAP,
  height: ROWS.length * (CELL + GAP) + GAP,
};
const rgba = new Uint8Array(sheet.width * sheet.height * 4).fill(255);

for (const [row, { image, background }] of ROWS.entries()) {
  const garment = images.subarray(image * SIDE * SIDE, (image + 1) * SIDE * SIDE);
  // Half of the frame's height: it is drawn at its own size.
  const picture = compose(
    garment,
    FRAMES['16:9 frame with a margin'],
    BACKGROUNDS[background],
    ZOOM / 2,
    random,
  );
  const top = GAP + row * (CELL + GAP);
  draw(GAP, top, photo, (x, y) => {
    const at = (Math.min(y, picture.height - 1) * picture.width + Math.min(x, picture.width - 1)) * 3;
    return picture.samples.subarray(at, at + 3);
  });
  for (const [column, resize] of ['fit', 'content'].entries()) {
    const pixels = toModelImage(picture, 1, 'auto', { ...FASHION_MNIST, resize });
    const left = 2 * GAP + photo.width + column * (CELL + GAP);
    draw(left, top, { width: CELL, height: CELL }, (x, y) => {
      const value = pixels[Math.floor(y / ZOOM) * SIDE + Math.floor(x / ZOOM)];
      return [value, value, value];
    });
  }
}

const png = await Transformer.fromRgbaPixels(rgba, sheet.width, sheet.height).png();
writeFileSync(new URL('../docs/images/photos.png', import.meta.url), png);

function draw(left, top, { width, height }, colour) {
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) rgba.set(colour(x, y), ((top + y) * sheet.width + left + x) * 4);
  }
}
