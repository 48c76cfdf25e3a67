import { IMAGE_PIXELS } from '../core/image';
import { CLASS_COUNT } from '../core/labels';
import type { LabelledImages } from './batches';

export const GOLDEN_COUNT = 16;

/** The first image of every class, filled up with the first of the others: 16 images that meet every output. */
export function selectGolden(images: LabelledImages): {
  pixels: Uint8Array<ArrayBuffer>;
  labels: Uint8Array;
} {
  const all = Array.from(images.labels.keys());
  const firsts = Array.from({ length: CLASS_COUNT }, (_, label) => images.labels.indexOf(label)).filter(
    (i) => i >= 0,
  );
  const chosen = [...firsts, ...all.filter((i) => !firsts.includes(i))].slice(0, GOLDEN_COUNT);
  const pixels = new Uint8Array(chosen.length * IMAGE_PIXELS);
  chosen.forEach((index, i) =>
    pixels.set(images.pixels.subarray(index * IMAGE_PIXELS, (index + 1) * IMAGE_PIXELS), i * IMAGE_PIXELS),
  );
  return { pixels, labels: Uint8Array.from(chosen, (index) => images.labels[index] ?? 0) };
}
