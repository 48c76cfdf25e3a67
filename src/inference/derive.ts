import { Transformer } from '@napi-rs/image';
import { IMAGE_PIXELS, IMAGE_SIDE } from '../core/image';
import { CLASS_COUNT } from '../core/labels';
import type { DeriveTask, DerivedReply } from './protocol';
import type { ModelRuntime } from './runtimes/runtime';

/** Side of a derived image per pixel of the original. */
const SCALE = 8;
const SIDE = IMAGE_SIDE * SCALE;
/** Side of the covering square, and its step from one position to the next. */
const PATCH = 6;
const STRIDE = 2;
const STEPS = Math.floor((IMAGE_SIDE - PATCH) / STRIDE) + 1;

/** The enlarged image and the occlusion map of an event. Throws the model's errors. */
export async function deriveImages(
  runtime: Pick<ModelRuntime, 'predict'>,
  { pixels, label }: Omit<DeriveTask, 'kind'>,
  maxBatch: number,
): Promise<DerivedReply> {
  const heat = await occlusionMap(runtime, pixels, label, maxBatch);
  const image = enlarge(pixels);
  return {
    kind: 'derived',
    enlarged: await encode(grey(image)),
    occlusion: await encode(warm(image, enlarge(heat))),
  };
}

/**
 * Importance of each pixel for the label, 0–1, 784 values row-major: the mean drop of the label's probability while a square
 * covers that pixel, relative to the largest drop. All 0 if the probability never drops.
 *
 * @see Zeiler and Fergus, Visualizing and Understanding Convolutional Networks, 2014, section 2.2
 */
export async function occlusionMap(
  runtime: Pick<ModelRuntime, 'predict'>,
  pixels: Uint8Array,
  label: number,
  maxBatch: number,
): Promise<Float32Array> {
  const corners = Array.from({ length: STEPS * STEPS }, (_, i) => ({
    x: (i % STEPS) * STRIDE,
    y: Math.floor(i / STEPS) * STRIDE,
  }));
  const [whole = 0] = await probabilitiesOf(runtime, [pixels], label);
  const fall = new Float32Array(IMAGE_PIXELS);
  const covers = new Uint8Array(IMAGE_PIXELS);
  for (let start = 0; start < corners.length; start += maxBatch) {
    const some = corners.slice(start, start + maxBatch);
    const covered = some.map(({ x, y }) => coverPatch(pixels, x, y));
    const left = await probabilitiesOf(runtime, covered, label);
    for (const [i, { x, y }] of some.entries()) {
      for (const at of patch(x, y)) {
        fall[at]! += Math.max(0, whole - (left[i] ?? 0));
        covers[at]!++;
      }
    }
  }
  return relativeToMost(fall.map((sum, at) => sum / Math.max(1, covers[at]!)));
}

async function probabilitiesOf(
  runtime: Pick<ModelRuntime, 'predict'>,
  images: readonly Uint8Array[],
  label: number,
): Promise<number[]> {
  const packed = new Uint8Array(images.length * IMAGE_PIXELS);
  for (const [i, image] of images.entries()) packed.set(image, i * IMAGE_PIXELS);
  const probabilities = await runtime.predict(packed, images.length);
  return images.map((_, i) => probabilities[i * CLASS_COUNT + label] ?? 0);
}

/** Positions of the pixels under the square at this corner. */
function patch(x: number, y: number): number[] {
  return Array.from(
    { length: PATCH * PATCH },
    (_, i) => (y + Math.floor(i / PATCH)) * IMAGE_SIDE + x + (i % PATCH),
  );
}

/** 0 is the background of Fashion-MNIST. */
function coverPatch(pixels: Uint8Array, x: number, y: number): Uint8Array {
  const covered = pixels.slice();
  for (const at of patch(x, y)) covered[at] = 0;
  return covered;
}

function relativeToMost(values: Float32Array): Float32Array {
  const most = values.reduce((a, b) => Math.max(a, b), 0);
  return most === 0 ? values : values.map((value) => value / most);
}

/** Position of each enlarged pixel between two original pixels: the first one, and the distance from it. */
const CELLS = Array.from({ length: SIDE }, (_, position) => {
  const exact = Math.min(IMAGE_SIDE - 1.001, Math.max(0, (position + 0.5) / SCALE - 0.5));
  return { first: Math.floor(exact), share: exact - Math.floor(exact) };
});

/** Bilinear. */
function enlarge(values: ArrayLike<number>): Float32Array {
  const enlarged = new Float32Array(SIDE * SIDE);
  let at = 0;
  for (const { first: top, share: down } of CELLS) {
    for (const { first: left, share: across } of CELLS) {
      const corner = top * IMAGE_SIDE + left;
      const above = values[corner]! * (1 - across) + values[corner + 1]! * across;
      const below = values[corner + IMAGE_SIDE]! * (1 - across) + values[corner + IMAGE_SIDE + 1]! * across;
      enlarged[at++] = above * (1 - down) + below * down;
    }
  }
  return enlarged;
}

function grey(image: Float32Array): Uint8Array {
  const rgba = new Uint8Array(image.length * 4).fill(255);
  image.forEach((value, i) => rgba.fill(value, i * 4, i * 4 + 3));
  return rgba;
}

/** The darkened image with a heat colour on top, from transparent through red to yellow. */
function warm(image: Float32Array, heat: Float32Array): Uint8Array {
  const rgba = new Uint8Array(image.length * 4).fill(255);
  image.forEach((value, i) => {
    const warmth = heat[i]!;
    const share = warmth * 0.85;
    const base = value * 0.45 * (1 - share);
    rgba[i * 4] = base + 255 * share;
    rgba[i * 4 + 1] = base + 225 * warmth * warmth * share;
    rgba[i * 4 + 2] = base + 40 * warmth * share;
  });
  return rgba;
}

async function encode(rgba: Uint8Array): Promise<Uint8Array> {
  return new Uint8Array(await Transformer.fromRgbaPixels(rgba, SIDE, SIDE).png());
}
