import { REGION_STEPS, type OcclusionFinding } from '../core/occlusion';
import { bytesPerImage, type ModelShape } from '../core/model-shape';
import type { ModelRuntime } from './runtimes/runtime';

/** The model that is explained. */
export interface Explained {
  readonly runtime: Pick<ModelRuntime, 'predict'>;
  readonly shape: ModelShape;
}

/** Positions of the covering patch in each dimension: they bound the cost for any size of image. */
const MOST_STEPS = 12;
const LEAST_STEPS = 4;
/** Side of the patch in relation to the image's. */
const PATCH = 6 / 28;
/** Pixels of a call, bytes: they need many times that memory inside the network. */
const MOST_BYTES = 4 * 1024 * 1024;
/** A slow model gets fewer positions, because the worker is missed in the stream for that time, ms. */
const BUDGET_MS = 3_000;

export interface OcclusionMap extends OcclusionFinding {
  /**
   * Of each pixel for the label, 0–1, height × width values row-major. It is the mean drop of the label's score while a
   * patch covers that pixel, relative to the largest drop. All 0 if the score never drops.
   */
  readonly importance: Float32Array;
}

/**
 * Covers one part of the image after the other, and observes the score of the label.
 *
 * @see Zeiler and Fergus, Visualizing and Understanding Convolutional Networks, 2014, section 2.2
 */
export async function occlusionMap(
  model: Explained,
  pixels: Uint8Array,
  label: number,
  maxBatch: number,
): Promise<OcclusionMap> {
  const { height, width } = model.shape;
  const started = performance.now();
  const [whole = 0] = await scoresOf(model, pixels, 1, label);
  const patches = patchesOf(model.shape, stepsFor(performance.now() - started));
  const colour = coverColour(model.shape, pixels);
  let lowest = whole;
  const fall = new Float32Array(height * width);
  const covers = new Uint16Array(height * width);
  const some = Math.max(1, Math.min(maxBatch, Math.floor(MOST_BYTES / pixels.length)));
  for (let start = 0; start < patches.length; start += some) {
    const batch = patches.slice(start, start + some);
    const left = await scoresOf(model, coverEach(model.shape, pixels, batch, colour), batch.length, label);
    for (const [i, patch] of batch.entries()) {
      const score = left[i] ?? 0;
      const drop = Math.max(0, whole - score);
      lowest = Math.min(lowest, score);
      forEachPixel(patch, width, (at) => {
        fall[at]! += drop;
        covers[at]!++;
      });
    }
  }
  const importance = relativeToMost(fall.map((sum, at) => sum / Math.max(1, covers[at]!)));
  return { importance, score: whole, lowest, regions: regionsOf(importance, model.shape) };
}

/** Share of each ninth of the image. */
function regionsOf(importance: Float32Array, { height, width }: ModelShape): number[] {
  const sums = Array<number>(REGION_STEPS ** 2).fill(0);
  const step = (at: number, side: number): number => Math.floor((at * REGION_STEPS) / side);
  for (const [at, value] of importance.entries())
    sums[step(Math.floor(at / width), height) * REGION_STEPS + step(at % width, width)]! += value;
  const total = sums.reduce((sum, one) => sum + one, 0);
  return total === 0 ? sums : sums.map((sum) => sum / total);
}

async function scoresOf(
  { runtime, shape }: Explained,
  images: Uint8Array,
  n: number,
  label: number,
): Promise<number[]> {
  const classes = shape.labels.length;
  const scores = await runtime.predict(images, n);
  return Array.from({ length: n }, (_, i) => scores[i * classes + label] ?? 0);
}

function stepsFor(msPerImage: number): number {
  const affordable = Math.floor(Math.sqrt(BUDGET_MS / Math.max(0.001, msPerImage)));
  return Math.min(MOST_STEPS, Math.max(LEAST_STEPS, affordable));
}

interface Patch {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/** Evenly spaced from edge to edge. */
function patchesOf({ height, width }: ModelShape, steps: number): Patch[] {
  const size = { width: patchSide(width, steps), height: patchSide(height, steps) };
  const columns = cornersOf(width, size.width, steps);
  return cornersOf(height, size.height, steps).flatMap((y) => columns.map((x) => ({ x, y, ...size })));
}

/** Few patches must still cover everything. */
function patchSide(side: number, steps: number): number {
  return Math.max(1, Math.round(side * PATCH), Math.ceil(side / steps));
}

function cornersOf(side: number, patch: number, steps: number): number[] {
  const room = side - patch;
  const count = Math.min(steps, room + 1);
  return Array.from({ length: count }, (_, i) => (count === 1 ? 0 : Math.round((i * room) / (count - 1))));
}

/** Copies of the image, each with one patch covered. */
function coverEach(
  { width, channels }: ModelShape,
  pixels: Uint8Array,
  patches: readonly Patch[],
  colour: readonly number[],
): Uint8Array {
  const packed = new Uint8Array(patches.length * pixels.length);
  for (const [i, patch] of patches.entries()) {
    packed.set(pixels, i * pixels.length);
    forEachPixel(patch, width, (at) => packed.set(colour, i * pixels.length + at * channels));
  }
  return packed;
}

/** Black is the background where pictures are made bright on black; elsewhere it would stand out. */
function coverColour(shape: ModelShape, pixels: Uint8Array): readonly number[] {
  const { channels, invert } = shape;
  if (invert === 'auto') return Array.from({ length: channels }, () => 0);
  const sums = Array.from({ length: channels }, () => 0);
  for (const [i, value] of pixels.entries()) sums[i % channels]! += value;
  return sums.map((sum) => Math.round((sum * channels) / bytesPerImage(shape)));
}

function forEachPixel({ x, y, width, height }: Patch, stride: number, visit: (at: number) => void): void {
  for (let row = y; row < y + height; row++) {
    for (let at = row * stride + x; at < row * stride + x + width; at++) visit(at);
  }
}

function relativeToMost(values: Float32Array): Float32Array {
  const most = values.reduce((a, b) => Math.max(a, b), 0);
  return most === 0 ? values : values.map((value) => value / most);
}
