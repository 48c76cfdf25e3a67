import { pixelsOf } from '../../core/model-shape';
import { packBatch } from '../../pipeline/packing';
import type { PackedBatch } from '../../core/ports';
import { shapeOf, type ModelFiles } from '../files';
import type { HeldOut } from './gates';

const BATCH = 64;

/** @param pixels n images, uint8, row-major */
export function toHeldOut(
  pixels: Uint8Array,
  labels: Uint8Array | null,
  imageBytes: number,
  maxBatch: number,
): HeldOut {
  const count = Math.floor(pixels.length / imageBytes);
  const size = Math.min(BATCH, maxBatch, count);
  // Whole batches only: a smaller one would be the fastest.
  const batches: PackedBatch[] = [];
  for (let first = 0; first + size <= count; first += size) {
    const items = Array.from({ length: size }, (_, i) => {
      const start = (first + i) * imageBytes;
      return { bytes: pixels.subarray(start, start + imageBytes), format: 'raw' as const };
    });
    batches.push(packBatch(items));
  }
  return { batches, labels: labels && labels.subarray(0, batches.length * size) };
}

/** For a model of other images than ours: those that came with it, which say nothing of how exact it is. */
export function heldOutOf(files: ModelFiles, maxBatch: number): HeldOut {
  const size = pixelsOf(shapeOf(files));
  const { golden } = files;
  return toHeldOut(golden.n > 0 ? golden.pixels : new Uint8Array(size * BATCH), null, size, maxBatch);
}
