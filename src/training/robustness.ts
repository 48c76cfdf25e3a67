import { IMAGE_PIXELS } from '../core/image';
import type { LabelledImages } from './batches';
import { evaluate, type Classify, type EvaluateOptions } from './evaluate';
import { IMAGE_CHANGES, type ImageChange } from './image-changes';
import { createRandom } from './random';

/** Accuracy on images that were all changed in the same way. */
export interface Robustness {
  readonly change: string;
  /** 0–1. */
  readonly accuracy: number;
}

/** The same changes in every measurement, so that models can be compared. */
const SEED = 1;

/** The accuracy on all images, for each change in turn. */
export async function measureRobustness(
  images: LabelledImages,
  classify: Classify,
  options: EvaluateOptions = {},
): Promise<Robustness[]> {
  const measured: Robustness[] = [];
  for (const change of IMAGE_CHANGES) {
    const changed = { labels: images.labels, pixels: await changeAll(images.pixels, change) };
    const { accuracy } = await evaluate(changed, classify, options);
    measured.push({ change: change.name, accuracy });
  }
  return measured;
}

async function changeAll(pixels: Uint8Array, change: ImageChange): Promise<Uint8Array> {
  const random = createRandom(SEED);
  const changed = new Uint8Array(pixels.length);
  for (let at = 0; at < pixels.length; at += IMAGE_PIXELS)
    changed.set(await change.apply(pixels.subarray(at, at + IMAGE_PIXELS), random), at);
  return changed;
}
