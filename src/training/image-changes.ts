import { decodeImage } from '../codec/decode-image';
import { encodeImage } from '../codec/encode-image';
import { FASHION_MNIST } from '../core/model-shape';
import { resample, rotated } from './resample';

/** A change that leaves the class of an image as it is. Takes and returns 28 × 28 uint8, row-major. */
export interface ImageChange {
  readonly name: string;
  apply(image: Uint8Array, random: () => number): Uint8Array | Promise<Uint8Array>;
}

const SHIFT = 3;
const DEGREES = 15;
const DEVIATION = 25;
const QUALITY = 50;

/** Each with the same strength for all images; `random` chooses the direction. */
export const IMAGE_CHANGES: readonly ImageChange[] = [
  { name: 'unchanged', apply: (image) => image },
  { name: `shifted by ${SHIFT} pixels`, apply: shift },
  { name: `rotated by ${DEGREES}°`, apply: rotate },
  { name: 'half as bright', apply: (image) => image.map((pixel) => pixel / 2) },
  { name: `with noise (σ ${DEVIATION} of 255)`, apply: addNoise },
  { name: `as JPEG of quality ${QUALITY}`, apply: throughJpeg },
  { name: 'inverted', apply: (image) => image.map((pixel) => 255 - pixel) },
];

/** In one of eight directions; new pixels are black. */
function shift(image: Uint8Array, random: () => number): Uint8Array {
  const direction = Math.floor(random() * 8);
  // The fifth of nine places is the middle.
  const place = direction < 4 ? direction : direction + 1;
  const [dx, dy] = [SHIFT * ((place % 3) - 1), SHIFT * (Math.floor(place / 3) - 1)];
  return resample(image, (x, y) => [x - dx, y - dy]);
}

function rotate(image: Uint8Array, random: () => number): Uint8Array {
  return rotated(image, random() < 0.5 ? -DEGREES : DEGREES);
}

function addNoise(image: Uint8Array, random: () => number): Uint8Array {
  return image.map((pixel) => Math.min(255, Math.max(0, Math.round(pixel + DEVIATION * normal(random)))));
}

/** Box and Muller's transform of two uniform numbers. */
function normal(random: () => number): number {
  return Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
}

async function throughJpeg(image: Uint8Array): Promise<Uint8Array> {
  const { value } = await encodeImage(Buffer.from(image), 'jpeg', FASHION_MNIST, QUALITY);
  const { pixels } = await decodeImage(value, 'jpeg', 'never');
  return pixels;
}
