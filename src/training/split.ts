import { IMAGE_PIXELS } from '../core/image';
import { CLASS_COUNT } from '../core/labels';
import type { LabelledImages } from './batches';
import { createPermutation } from './random';

/** Taken from the training images; the test set is not used for selection. */
const VALIDATION_IMAGES = 5_000;
const GOLDEN_COUNT = 16;

/**
 * Holds out 5,000 random validation images, or a twelfth of a small set. They are drawn first, so that the
 * same seed reproduces the split.
 */
export function splitValidation(
  images: LabelledImages,
  random: () => number,
): { readonly validation: LabelledImages; readonly training: LabelledImages } {
  const total = images.labels.length;
  const order = createPermutation(total, random);
  const validation = Math.min(VALIDATION_IMAGES, Math.ceil(total / 12));
  return {
    validation: pickImages(images, order.subarray(0, validation)),
    training: pickImages(images, order.subarray(validation)),
  };
}

export function pickImages(images: LabelledImages, indices: ArrayLike<number>) {
  const pixels = new Uint8Array(indices.length * IMAGE_PIXELS);
  const labels = new Uint8Array(indices.length);
  for (let i = 0; i < indices.length; i++) {
    const index = indices[i] ?? 0;
    pixels.set(images.pixels.subarray(index * IMAGE_PIXELS, (index + 1) * IMAGE_PIXELS), i * IMAGE_PIXELS);
    labels[i] = images.labels[index] ?? 0;
  }
  return { pixels, labels };
}

/** The first image of every class, filled up with the first of the others: 16 images that cover every output. */
export function selectGolden(images: LabelledImages) {
  const all = Array.from(images.labels.keys());
  const firsts = Array.from({ length: CLASS_COUNT }, (_, label) => images.labels.indexOf(label)).filter(
    (i) => i >= 0,
  );
  return pickImages(images, [...firsts, ...all.filter((i) => !firsts.includes(i))].slice(0, GOLDEN_COUNT));
}
