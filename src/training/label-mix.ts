import { IMAGE_PIXELS } from '../core/image';
import type { LabelledImages } from './batches';
import { createPermutation, type Random } from './random';
import { pickImages } from './split';

/** Share of the labels that only measure. */
const HELD_OUT = 0.2;
/** Original images in the mix. */
const ORIGINALS = 8_000;
/** Labelled images in the mix, each several times: a fifth of the original ones. */
const LABELLED = 1_600;

export interface SplitLabels {
  readonly heldOut: LabelledImages;
  readonly learned: LabelledImages;
}

/** Holds out a fifth of the labels, at random. */
export function splitLabels(labels: LabelledImages, random: Random): SplitLabels {
  const order = createPermutation(labels.labels.length, random);
  const heldOut = Math.ceil(order.length * HELD_OUT);
  return {
    heldOut: pickImages(labels, order.subarray(0, heldOut)),
    learned: pickImages(labels, order.subarray(heldOut)),
  };
}

/** Labelled images, repeated, among original training images, so that the model does not forget those. */
export function mixWithOriginals(
  learned: LabelledImages,
  originals: LabelledImages,
  random: Random,
): LabelledImages {
  const order = createPermutation(originals.labels.length, random);
  return joined(pickImages(originals, order.subarray(0, ORIGINALS)), repeated(learned, LABELLED));
}

/** The images, each about as often, `count` in all; all of them once if they are more. */
export function repeated(images: LabelledImages, count: number): LabelledImages {
  const n = images.labels.length;
  const indices = Uint32Array.from({ length: Math.max(n, count) }, (_, i) => i % n);
  return pickImages(images, indices);
}

export function joined(one: LabelledImages, other: LabelledImages): LabelledImages {
  return {
    pixels: Buffer.concat([one.pixels, other.pixels]),
    labels: Buffer.concat([one.labels, other.labels]),
  };
}

/** The images whose pixels are not among `others`: a model may not be measured on images that it learned. */
export function without(images: LabelledImages, others: LabelledImages): LabelledImages {
  const known = new Set(Array.from(others.labels, (_, i) => keyOf(others, i)));
  const rest = Array.from(images.labels.keys()).filter((i) => !known.has(keyOf(images, i)));
  return rest.length === images.labels.length ? images : pickImages(images, rest);
}

function keyOf({ pixels }: LabelledImages, i: number): string {
  return Buffer.from(pixels.buffer, pixels.byteOffset + i * IMAGE_PIXELS, IMAGE_PIXELS).toString('latin1');
}
