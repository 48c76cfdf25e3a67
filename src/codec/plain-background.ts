import type { Planes } from './raster';

/** Brightness of a background in one colour: a + b × x + c × y, because light is seldom even. */
export interface Plane {
  readonly base: number;
  readonly perColumn: number;
  readonly perRow: number;
}

export interface PlainBackground {
  /** One for each colour. */
  readonly planes: readonly Plane[];
  /** Usual deviation of a pixel of the background. */
  readonly noise: number;
  /** Difference in a colour above which a pixel is not background. */
  readonly tolerance: number;
}

/** Differences of compression and shadows, even where the border has no noise. */
const LEAST_TOLERANCE = 10;
/** A noisier border is not plain. */
const MOST_TOLERANCE = 48;
/** An object may touch the border, but most of it must be background. */
const LEAST_SHARE = 0.6;
const ROUNDS = 3;

/** Estimates the background from the border of a picture; undefined if that is not plain. */
export function plainBackground(image: Planes): PlainBackground | undefined {
  const border = borderOf(image);
  let planes = image.colours.map((colour) => flat(medianOf(border.map((at) => colour[at]!))));
  let noise = noiseOf(image, planes, border);
  for (let round = 0; round < ROUNDS; round++) {
    const inside = border.filter((at) => difference(image, planes, at) <= toleranceOf(noise));
    if (inside.length < LEAST_SHARE * border.length) return undefined;
    planes = image.colours.map((colour) => fitPlane(colour, image.width, inside));
    noise = noiseOf(image, planes, border);
  }
  return { planes, noise, tolerance: toleranceOf(noise) };
}

/** Largest difference of a pixel from the background, over the colours. */
export function difference({ colours, width }: Planes, planes: readonly Plane[], at: number): number {
  const x = at % width;
  const y = (at - x) / width;
  let most = 0;
  for (let i = 0; i < planes.length; i++) {
    const { base, perColumn, perRow } = planes[i]!;
    most = Math.max(most, Math.abs(colours[i]![at]! - base - perColumn * x - perRow * y));
  }
  return most;
}

/** 1.4826 × the median of the differences, which an object at the border does not change. */
function noiseOf(image: Planes, planes: readonly Plane[], border: readonly number[]): number {
  return 1.4826 * medianOf(border.map((at) => difference(image, planes, at)));
}

function toleranceOf(noise: number): number {
  return Math.min(MOST_TOLERANCE, Math.max(LEAST_TOLERANCE, 4 * noise));
}

function borderOf({ width, height }: Planes): number[] {
  const depth = Math.max(1, Math.round(Math.min(width, height) / 50));
  const indices: number[] = [];
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const fromEdge = Math.min(x, y, width - 1 - x, height - 1 - y);
      if (fromEdge < depth) indices.push(y * width + x);
    }
  }
  return indices;
}

function medianOf(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[values.length >> 1] ?? 0;
}

function flat(base: number): Plane {
  return { base, perColumn: 0, perRow: 0 };
}

/** Least squares over the given pixels. */
function fitPlane(colour: Float64Array, width: number, indices: readonly number[]): Plane {
  const mean = (value: (at: number) => number): number =>
    indices.reduce((sum, at) => sum + value(at), 0) / indices.length;
  const column = (at: number): number => at % width;
  const row = (at: number): number => Math.floor(at / width);
  const [x, y, value] = [mean(column), mean(row), mean((at) => colour[at]!)];
  const xx = mean((at) => (column(at) - x) ** 2);
  const yy = mean((at) => (row(at) - y) ** 2);
  const xy = mean((at) => (column(at) - x) * (row(at) - y));
  const xv = mean((at) => (column(at) - x) * (colour[at]! - value));
  const yv = mean((at) => (row(at) - y) * (colour[at]! - value));
  const determinant = xx * yy - xy * xy;
  if (determinant < 1e-6) return flat(value);
  const perColumn = (xv * yy - yv * xy) / determinant;
  const perRow = (yv * xx - xv * xy) / determinant;
  return { base: value - perColumn * x - perRow * y, perColumn, perRow };
}
