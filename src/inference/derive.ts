import { Transformer } from '@napi-rs/image';
import type { ModelShape } from '../core/model-shape';
import type { ExplainedImage } from '../core/occlusion';
import { occlusionMap, type Explained } from './occlusion';
import type { DeriveTask } from './protocol';

/** A small image is enlarged by a whole factor, so that its longest side has at most this many pixels. */
const ENLARGED = 224;
/** A larger one is shrunk to it: a derived image is for looking at. */
const MOST = 448;

/** The enlarged image and the occlusion map of an image. Throws the model's errors. */
export async function deriveImages(
  model: Explained,
  { pixels, label }: Omit<DeriveTask, 'kind'>,
  maxBatch: number,
): Promise<ExplainedImage> {
  const { shape } = model;
  const size = sizeOf(shape);
  const { importance, ...finding } = await occlusionMap(model, pixels, label, maxBatch);
  const heat = scale(importance, shape, size);
  const colours = planesOf(pixels, shape).map((plane) => scale(plane, shape, size));
  return {
    enlarged: await encode(toRgba(colours), size),
    occlusion: await encode(warm(colours, heat), size),
    finding,
  };
}

interface Size {
  readonly width: number;
  readonly height: number;
}

function sizeOf({ width, height }: Size): Size {
  const longest = Math.max(width, height);
  const factor = longest <= ENLARGED ? Math.floor(ENLARGED / longest) : Math.min(1, MOST / longest);
  const side = (length: number): number => Math.max(1, Math.round(length * factor));
  return { width: side(width), height: side(height) };
}

/** Red, green and blue; three times the same one of a grey image. */
function planesOf(pixels: Uint8Array, { channels }: ModelShape): Uint8Array[] {
  const plane = (channel: number): Uint8Array =>
    Uint8Array.from({ length: pixels.length / channels }, (_, i) => pixels[i * channels + channel]!);
  if (channels === 3) return [plane(0), plane(1), plane(2)];
  return [pixels, pixels, pixels];
}

/** Position of each target pixel between two source pixels: the first one, and the distance from it. */
function cellsOf(from: number, to: number): { first: number; next: number; share: number }[] {
  return Array.from({ length: to }, (_, position) => {
    const exact = Math.min(Math.max(0, from - 1.001), Math.max(0, ((position + 0.5) * from) / to - 0.5));
    const first = Math.floor(exact);
    return { first, next: Math.min(from - 1, first + 1), share: exact - first };
  });
}

/** Bilinear. */
function scale(values: ArrayLike<number>, from: Size, to: Size): Float32Array {
  const columns = cellsOf(from.width, to.width);
  const scaled = new Float32Array(to.width * to.height);
  let at = 0;
  for (const { first, next, share: down } of cellsOf(from.height, to.height)) {
    const [top, bottom] = [first * from.width, next * from.width];
    for (const { first: left, next: right, share: across } of columns) {
      const above = values[top + left]! * (1 - across) + values[top + right]! * across;
      const below = values[bottom + left]! * (1 - across) + values[bottom + right]! * across;
      scaled[at++] = above * (1 - down) + below * down;
    }
  }
  return scaled;
}

function toRgba(colours: readonly Float32Array[]): Uint8Array {
  const rgba = new Uint8Array(colours[0]!.length * 4).fill(255);
  for (const [channel, plane] of colours.entries())
    plane.forEach((value, i) => (rgba[i * 4 + channel] = value));
  return rgba;
}

/** The darkened image with a heat colour on top, from transparent through red to yellow. */
function warm(colours: readonly Float32Array[], heat: Float32Array): Uint8Array {
  const rgba = new Uint8Array(heat.length * 4).fill(255);
  heat.forEach((warmth, i) => {
    const share = warmth * 0.85;
    const base = (channel: number): number => colours[channel]![i]! * 0.45 * (1 - share);
    rgba[i * 4] = base(0) + 255 * share;
    rgba[i * 4 + 1] = base(1) + 225 * warmth * warmth * share;
    rgba[i * 4 + 2] = base(2) + 40 * warmth * share;
  });
  return rgba;
}

async function encode(rgba: Uint8Array, { width, height }: Size): Promise<Uint8Array> {
  return new Uint8Array(await Transformer.fromRgbaPixels(rgba, width, height).png());
}
