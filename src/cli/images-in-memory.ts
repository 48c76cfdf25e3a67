import path from 'node:path';
import { StreamInferError } from '../core/errors';
import { parseLabel } from '../core/labels';
import { bytesPerImage } from '../core/model-shape';
import { imageFilesIn } from '../dataset/image-files';
import type { ModelFiles } from '../models/files';
import { noImages } from './evaluate-images';
import { ownBatches, SkippedImages } from './own-images';

export interface ImagesInMemory {
  /** n × height × width × channels uint8, row-major. */
  readonly pixels: Uint8Array;
  /** All 0 for images without classes. */
  readonly labels: Uint16Array;
  /** Where they come from, for the card. */
  readonly source: string;
}

/** Pixels in memory, bytes. */
const MOST_BYTES = 512 << 20;

/**
 * The images of the user, for a measurement that needs all at once. Rejects with USAGE for no image that can be used, or
 * for too many.
 *
 * @param classes false: images without a class of the model count, too
 */
export async function readOwnImages(
  files: ModelFiles,
  places: readonly string[],
  classes = true,
): Promise<ImagesInMemory> {
  const skipped = new SkippedImages();
  const labels: number[] = [];
  const parts: Uint8Array[] = [];
  for await (const batch of ownBatches(places, files.shape, skipped, classes)) {
    labels.push(...batch.labels);
    parts.push(batch.pixels);
    if (labels.length * bytesPerImage(files.shape) > MOST_BYTES)
      throw new StreamInferError('USAGE', `more than ${MOST_BYTES >> 20} MiB of pixels; name fewer images`);
  }
  if (labels.length === 0) throw noImages(places, files, skipped);
  const source = places.map((place) => path.basename(place)).join(', ');
  return { labels: Uint16Array.from(labels), pixels: Buffer.concat(parts), source };
}

/** Whether one of the images has a class of the model. Rejects as walking through the files does. */
export async function haveClasses({ shape }: ModelFiles, places: readonly string[]): Promise<boolean> {
  for await (const { className } of imageFilesIn(places))
    if (parseLabel(className, shape.labels) !== undefined) return true;
  return false;
}
