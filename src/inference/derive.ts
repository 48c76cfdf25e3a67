import { Transformer } from '@napi-rs/image';
import { IMAGE_PIXELS, IMAGE_SIDE } from '../core/image';
import { CLASS_COUNT } from '../core/labels';
import type { DeriveTask, DerivedReply } from './protocol';
import type { ModelRuntime } from './runtimes/runtime';

/** Pixels of a derived image for each of the original's. */
const SCALE = 8;
const SIDE = IMAGE_SIDE * SCALE;
/** Side of the square that covers a part of the image, and how far it moves from one try to the next. */
const PATCH = 6;
const STRIDE = 2;
const STEPS = Math.floor((IMAGE_SIDE - PATCH) / STRIDE) + 1;

/** The images that go with an event. Throws what the model throws. */
export async function deriveImages(
  runtime: ModelRuntime,
  { pixels, label }: Omit<DeriveTask, 'kind'>,
  maxBatch: number,
): Promise<DerivedReply> {
  const heat = await occlusionMap(runtime, pixels, label, maxBatch);
  const enlarged = await encode((x, y) => grey(smooth(pixels, x, y)));
  const occlusion = await encode((x, y) => warm(smooth(pixels, x, y), smooth(heat, x, y)));
  return { kind: 'derived', enlarged, occlusion };
}

/**
 * How much each pixel matters for the label, 0–1, 784 values row-major: how far the probability falls on average when a
 * square over that pixel is covered, in relation to where it falls most. All 0 if it falls nowhere.
 *
 * @see Zeiler and Fergus, Visualizing and Understanding Convolutional Networks, 2014, section 2.2
 */
export async function occlusionMap(
  runtime: ModelRuntime,
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
  runtime: ModelRuntime,
  images: readonly Uint8Array[],
  label: number,
): Promise<number[]> {
  const packed = new Uint8Array(images.length * IMAGE_PIXELS);
  for (const [i, image] of images.entries()) packed.set(image, i * IMAGE_PIXELS);
  const probabilities = await runtime.predict(packed, images.length);
  return images.map((_, i) => probabilities[i * CLASS_COUNT + label] ?? 0);
}

function* patch(x: number, y: number): Iterable<number> {
  for (let row = y; row < y + PATCH; row++)
    for (let column = x; column < x + PATCH; column++) yield row * IMAGE_SIDE + column;
}

/** 0 is Fashion-MNIST's background. */
function coverPatch(pixels: Uint8Array, x: number, y: number): Uint8Array {
  const covered = pixels.slice();
  for (const at of patch(x, y)) covered[at] = 0;
  return covered;
}

function relativeToMost(values: Float32Array): Float32Array {
  const most = values.reduce((a, b) => Math.max(a, b), 0);
  return most === 0 ? values : values.map((value) => value / most);
}

/** Bilinear, at a pixel of the enlarged image. */
function smooth(values: ArrayLike<number>, x: number, y: number): number {
  const [left, across] = cell(x);
  const [top, down] = cell(y);
  const at = (row: number, column: number) => values[row * IMAGE_SIDE + column] ?? 0;
  const above = at(top, left) * (1 - across) + at(top, left + 1) * across;
  const below = at(top + 1, left) * (1 - across) + at(top + 1, left + 1) * across;
  return above * (1 - down) + below * down;
}

function cell(position: number): [first: number, share: number] {
  const exact = Math.min(IMAGE_SIDE - 1.001, Math.max(0, (position + 0.5) / SCALE - 0.5));
  return [Math.floor(exact), exact - Math.floor(exact)];
}

type Colour = readonly [red: number, green: number, blue: number];

function grey(value: number): Colour {
  return [value, value, value];
}

/** The darkened image under a colour from none over red to yellow. */
function warm(value: number, heat: number): Colour {
  const base = value * 0.45;
  const share = heat * 0.85;
  return [
    base * (1 - share) + 255 * share,
    base * (1 - share) + 225 * heat * heat * share,
    base * (1 - share) + 40 * heat * share,
  ];
}

async function encode(colourAt: (x: number, y: number) => Colour): Promise<Uint8Array> {
  const rgba = new Uint8Array(SIDE * SIDE * 4);
  for (let y = 0, at = 0; y < SIDE; y++)
    for (let x = 0; x < SIDE; x++, at += 4) rgba.set([...colourAt(x, y), 255], at);
  return new Uint8Array(await Transformer.fromRgbaPixels(rgba, SIDE, SIDE).png());
}
