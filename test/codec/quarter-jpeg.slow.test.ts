import { Transformer } from '@napi-rs/image';
import { decodeImage } from '../../src/codec/decode-image';
import { toModelImage } from '../../src/codec/model-image';
import { decodeQuarter } from '../../src/codec/quarter-jpeg/decode';
import type { Raster } from '../../src/codec/raster';
import { FASHION_MNIST, type ModelShape } from '../../src/core/model-shape';
import { blockJpeg } from '../fixtures/block-jpeg';
import { adobe, exif, flatJpeg } from '../fixtures/jpeg';

const COLOUR: ModelShape = { ...FASHION_MNIST, width: 120, height: 120, channels: 3, resize: 'crop' };
/** Not multiples of 4 or 8. */
const [WIDTH, HEIGHT] = [1403, 1049];

/** Shapes with hard edges and some noise, as a JPEG of one megapixel and a half. */
function photo(): Buffer {
  const rgba = new Uint8Array(WIDTH * HEIGHT * 4);
  for (let i = 0; i < WIDTH * HEIGHT; i++) {
    const [x, y] = [i % WIDTH, Math.floor(i / WIDTH)];
    const inside = Math.hypot((x % 311) - 150, (y % 257) - 120) < 90;
    const noise = (i * 7919) % 17;
    rgba.set(inside ? [230 - noise, 60 + noise, 40] : [30 + noise, 90, 150 + (y % 80)], 4 * i);
    rgba[4 * i + 3] = 255;
  }
  return Transformer.fromRgbaPixels(rgba, WIDTH, HEIGHT).jpegSync(88);
}

function complete(jpeg: Buffer): Raster {
  const { width, height } = new Transformer(jpeg).metadataSync();
  const samples = new Transformer(jpeg).rawPixelsSync();
  return { width, height, channels: 3, samples };
}

/** Largest and mean difference. */
function differences(one: Uint8Array, other: Uint8Array): { largest: number; mean: number } {
  const all = Array.from(one, (value, i) => Math.abs(value - other[i]!));
  return { largest: Math.max(...all), mean: all.reduce((a, b) => a + b, 0) / all.length };
}

const JPEG = photo();

/** The same file with another kind of frame in its header. */
function withFrame(marker: number): Buffer {
  const bytes = Buffer.from(JPEG);
  bytes[JPEG.indexOf(Buffer.from([0xff, 0xc0])) + 1] = marker;
  return bytes;
}

it.each([
  ['colour', COLOUR, 1],
  ['colour, turned by EXIF', { ...COLOUR, width: 80 }, 6],
  ['grey', { ...FASHION_MNIST, invert: 'never' as const }, 1],
  ['colour, stretched', { ...COLOUR, resize: 'stretch' as const }, 1],
])('a large photo is the same within a few levels for a model of %s', async (_name, shape, orientation) => {
  const turned = Buffer.concat([JPEG.subarray(0, 2), exif(orientation), JPEG.subarray(2)]);
  expect(decodeQuarter(turned)).toBeDefined();
  const { pixels, original } = await decodeImage(turned, 'jpeg', 'never', shape);
  const right = toModelImage(complete(JPEG), orientation, 'never', shape);
  const { largest, mean } = differences(pixels, right);
  expect(largest).toBeLessThanOrEqual(8);
  expect(mean).toBeLessThan(0.5);
  expect([original.width, original.height].sort()).toEqual([HEIGHT, WIDTH]);
});

it.each([
  ['a photo that is shrunk less', { ...COLOUR, width: 224, height: 224 }],
  ['resize: content', { ...COLOUR, resize: 'content' as const }],
])('%s is decoded completely, with the same result as before', async (_name, shape) => {
  const { pixels } = await decodeImage(JPEG, 'jpeg', 'never', shape);
  expect(Buffer.compare(pixels, toModelImage(complete(JPEG), 1, 'never', shape))).toBe(0);
});

it.each([
  [[1, 1], 0],
  [[2, 1], 0],
  [[1, 2], 5],
  [[2, 2], 0],
  [[2, 2], 3],
] as const)('colours with sampling %j and restart markers every %i groups are right', (sampling, restart) => {
  const jpeg = blockJpeg({ width: 200, height: 120, sampling, restart });
  const quarter = decodeQuarter(jpeg)!;
  const shape: ModelShape = { ...COLOUR, width: 25, height: 15, resize: 'stretch', filter: 'area' };
  const pixels = toModelImage(quarter, 1, 'never', shape);
  const right = toModelImage(complete(jpeg), 1, 'never', shape);
  // Where colours are subsampled, the complete decoder smooths them across blocks.
  expect(differences(pixels, right).mean).toBeLessThan(sampling[0] * sampling[1] === 1 ? 1 : 6);
});

it.each([
  ['progressive', withFrame(0xc2)],
  ['RGB', Buffer.concat([JPEG.subarray(0, 2), adobe(0), JPEG.subarray(2)])],
  ['CMYK', flatJpeg({ width: 64, height: 64, components: 4 })],
  ['cut off', Buffer.concat([JPEG.subarray(0, JPEG.length >> 1), Buffer.from([0xff, 0xd9])])],
])('a file that is %s is left to the complete decoder', (_name, bytes) => {
  expect(decodeQuarter(bytes)).toBeUndefined();
});

it('is never confused by damaged data', () => {
  const jpeg = blockJpeg({ width: 160, height: 96, sampling: [2, 2], restart: 2 });
  for (let at = 2; at < jpeg.length; at++) {
    const damaged = Buffer.from(jpeg);
    damaged[at] = (damaged[at]! + 1 + ((at * 31) % 254)) & 255;
    const raster = decodeQuarter(damaged);
    if (raster !== undefined)
      expect(raster.samples.length).toBe(raster.width * raster.height * raster.channels);
  }
});
