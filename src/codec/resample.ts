import type { Filter } from '../core/model-shape';
import type { Planes, Raster } from './raster';
import { windowsOf, type Windows } from './windows';

/** A part of a picture, in pixels; may be fractions. */
export interface Region {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
  /** Whether pixels around it have a share in its edges, as if the whole picture had been scaled; not with `area`. */
  readonly around?: boolean;
}

export interface Target {
  readonly width: number;
  readonly height: number;
  /** 1: colours become grey with the weights of ITU-R BT.601 (0.299 R + 0.587 G + 0.114 B), as in Pillow's "L" mode. */
  readonly channels: 1 | 3;
  readonly filter: Filter;
}

/** Scales a part of a picture. Each row is read once. The same size is unchanged. */
export function resample(raster: Raster, region: Region, target: Target): Planes {
  const { width, height, channels, filter } = target;
  const { around = false } = region;
  const across = { start: region.left, length: region.width, limit: raster.width, around };
  const down = { start: region.top, length: region.height, limit: raster.height, around };
  const columns = windowsOf(across, width, filter);
  const rows = windowsOf(down, height, filter);
  const image = emptyPlanes(width, height, channels);
  const row = emptyPlanes(width, 1, channels);
  const readRow = channels === 1 ? readGreyRow : readColourRow;
  let [first, next] = [0, 0];
  for (let y = rows.starts[0]!; y < rows.ends[height - 1]!; y++) {
    while (first < height && rows.ends[first]! <= y) first++;
    while (next < height && rows.starts[next]! <= y) next++;
    readRow(raster, y, columns, row);
    for (let to = first; to < next; to++) {
      const weight = rows.weights[to * rows.stride + y - rows.starts[to]!]! / rows.total;
      addRow(image.alpha, row.alpha, to * width, weight);
      for (let i = 0; i < channels; i++) addRow(image.colours[i]!, row.colours[i]!, to * width, weight);
    }
  }
  if (filter === 'bicubic') clip(image);
  return image;
}

/** Bicubic weights are negative in part, so that edges may overshoot. */
function clip({ colours, alpha }: Planes): void {
  for (const plane of colours) limit(plane, 255);
  limit(alpha, 1);
}

function limit(plane: Float64Array, most: number): void {
  for (let i = 0; i < plane.length; i++) plane[i] = Math.min(most, Math.max(0, plane[i]!));
}

function emptyPlanes(width: number, height: number, channels: number): Planes {
  const plane = (): Float64Array => new Float64Array(width * height);
  return { width, height, colours: Array.from({ length: channels }, plane), alpha: plane() };
}

function addRow(plane: Float64Array, row: Float64Array, at: number, weight: number): void {
  for (let x = 0; x < row.length; x++) plane[at + x]! += weight * row[x]!;
}

/** One source row, scaled in x. */
function readGreyRow(raster: Raster, y: number, columns: Windows, row: Planes): void {
  const { samples, channels } = raster;
  const max = maxOf(raster);
  const coloured = channels >= 3;
  const transparent = channels === 2 || channels === 4;
  const scale = 255 / (max * columns.total);
  const { starts, ends, weights, stride } = columns;
  const grey = row.colours[0]!;
  const { alpha } = row;
  for (let x = 0; x < row.width; x++) {
    const start = starts[x]!;
    const end = ends[x]!;
    let sum = 0;
    let cover = 0;
    for (let sx = start; sx < end; sx++) {
      const weight = weights[x * stride + sx - start]!;
      const at = (y * raster.width + sx) * channels;
      const luma = coloured
        ? (299 * samples[at]! + 587 * samples[at + 1]! + 114 * samples[at + 2]!) / 1000
        : samples[at]!;
      const share = transparent ? (weight * samples[at + channels - 1]!) / max : weight;
      sum += luma * share;
      cover += share;
    }
    grey[x] = sum * scale;
    alpha[x] = cover / columns.total;
  }
}

function readColourRow(raster: Raster, y: number, columns: Windows, row: Planes): void {
  const { samples, channels } = raster;
  const max = maxOf(raster);
  const transparent = channels === 2 || channels === 4;
  // Of a grey picture all three are the same.
  const toGreen = channels >= 3 ? 1 : 0;
  const toBlue = 2 * toGreen;
  const scale = 255 / (max * columns.total);
  const { starts, ends, weights, stride } = columns;
  const [red, green, blue] = row.colours as [Float64Array, Float64Array, Float64Array];
  for (let x = 0; x < row.width; x++) {
    const start = starts[x]!;
    const end = ends[x]!;
    let r = 0;
    let g = 0;
    let b = 0;
    let cover = 0;
    for (let sx = start; sx < end; sx++) {
      const weight = weights[x * stride + sx - start]!;
      const at = (y * raster.width + sx) * channels;
      const share = transparent ? (weight * samples[at + channels - 1]!) / max : weight;
      r += samples[at]! * share;
      g += samples[at + toGreen]! * share;
      b += samples[at + toBlue]! * share;
      cover += share;
    }
    red[x] = r * scale;
    green[x] = g * scale;
    blue[x] = b * scale;
    row.alpha[x] = cover / columns.total;
  }
}

function maxOf({ samples }: Raster): number {
  return samples.BYTES_PER_ELEMENT === 2 ? 65_535 : 255;
}
