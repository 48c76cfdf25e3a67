/** The source pixels of each target pixel in one dimension. */
export interface Windows {
  /** First source pixel of each target pixel. */
  readonly starts: Int32Array;
  /** Position after the last one. */
  readonly ends: Int32Array;
  /** Weights of target pixel i: from i × `stride`, as many as its window has. */
  readonly weights: Float64Array;
  readonly stride: number;
  /** Sum of the weights of a window. */
  readonly total: number;
}

/**
 * `area`: mean of the covered source pixels, by covered share. `bilinear`: a triangle over two source pixels, or over
 * two target pixels where these are larger, as Pillow's BILINEAR.
 */
export type Filter = 'area' | 'bilinear';

/** The part of a dimension of `limit` pixels that is scaled; start and length may be fractions. */
interface Part {
  readonly start: number;
  readonly length: number;
  readonly limit: number;
}

export function windowsOf(part: Part, size: number, filter: Filter): Windows {
  return filter === 'area' ? areaWindows(part, size) : triangleWindows(part, size);
}

function areaWindows({ start, length, limit }: Part, size: number): Windows {
  const step = length / size;
  const windows = emptyWindows(size, step, step);
  for (let i = 0; i < size; i++) {
    const from = start + i * step;
    const to = start + (i + 1) * step;
    const first = Math.floor(from);
    let at = first;
    for (let slot = i * windows.stride; at < to && at < limit; at++)
      windows.weights[slot++] = (at + 1 < to ? at + 1 : to) - (at > from ? at : from);
    windows.starts[i] = first;
    windows.ends[i] = at;
  }
  return windows;
}

function triangleWindows({ start, length, limit }: Part, size: number): Windows {
  const step = length / size;
  const support = Math.max(1, step);
  const windows = emptyWindows(size, 2 * support, 1);
  const last = Math.min(limit, Math.ceil(start + length));
  for (let i = 0; i < size; i++) {
    const centre = start + (i + 0.5) * step;
    const first = Math.max(Math.floor(start), Math.floor(centre - support));
    const end = Math.min(last, Math.ceil(centre + support));
    const slot = i * windows.stride - first;
    let sum = 0;
    for (let at = first; at < end; at++)
      sum += windows.weights[slot + at] = Math.max(0, 1 - Math.abs(at + 0.5 - centre) / support);
    // Windows at the edges are cut off.
    for (let at = first; at < end; at++) windows.weights[slot + at]! /= sum;
    windows.starts[i] = first;
    windows.ends[i] = end;
  }
  return windows;
}

function emptyWindows(size: number, reach: number, total: number): Windows {
  const stride = Math.ceil(reach) + 2;
  return {
    starts: new Int32Array(size),
    ends: new Int32Array(size),
    weights: new Float64Array(size * stride),
    stride,
    total,
  };
}
