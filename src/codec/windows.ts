import type { Filter } from '../core/model-shape';

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

/** The part of a dimension of `limit` pixels that is scaled; start and length may be fractions. */
interface Part {
  readonly start: number;
  readonly length: number;
  readonly limit: number;
  /** Whether windows at its edges reach beyond it. */
  readonly around: boolean;
}

/** How far a filter reaches, in pixels of the larger grid, and its weight at a distance. */
interface Kernel {
  readonly support: number;
  weightAt(distance: number): number;
}

/** As Pillow's BILINEAR and BICUBIC. */
const KERNELS: Readonly<Record<Exclude<Filter, 'area'>, Kernel>> = {
  bilinear: { support: 1, weightAt: (distance) => Math.max(0, 1 - distance) },
  bicubic: {
    support: 2,
    weightAt: (distance) => {
      if (distance >= 2) return 0;
      const x = distance;
      return x < 1 ? (1.5 * x - 2.5) * x * x + 1 : ((-0.5 * x + 2.5) * x - 4) * x + 2;
    },
  },
};

export function windowsOf(part: Part, size: number, filter: Filter): Windows {
  return filter === 'area' ? areaWindows(part, size) : kernelWindows(part, size, KERNELS[filter]);
}

function areaWindows({ start, length, limit }: Part, size: number): Windows {
  const step = length / size;
  const windows = emptyWindows(size, step, step);
  for (let i = 0; i < size; i++) {
    const from = start + i * step;
    const to = start + (i + 1) * step;
    const first = Math.floor(from);
    let at = first;
    for (let index = i * windows.stride; at < to && at < limit; at++)
      windows.weights[index++] = (at + 1 < to ? at + 1 : to) - (at > from ? at : from);
    windows.starts[i] = first;
    windows.ends[i] = at;
  }
  return windows;
}

function kernelWindows({ start, length, limit, around }: Part, size: number, kernel: Kernel): Windows {
  const step = length / size;
  const scale = Math.max(1, step);
  const support = kernel.support * scale;
  const windows = emptyWindows(size, 2 * support, 1);
  const least = around ? 0 : Math.floor(start);
  const last = around ? limit : Math.min(limit, Math.ceil(start + length));
  for (let i = 0; i < size; i++) {
    const centre = start + (i + 0.5) * step;
    const first = Math.max(least, Math.floor(centre - support));
    const end = Math.min(last, Math.ceil(centre + support));
    const index = i * windows.stride - first;
    let sum = 0;
    for (let at = first; at < end; at++)
      sum += windows.weights[index + at] = kernel.weightAt(Math.abs(at + 0.5 - centre) / scale);
    // Windows at the edges are cut off.
    for (let at = first; at < end; at++) windows.weights[index + at]! /= sum;
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
