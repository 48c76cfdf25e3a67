import { IMAGE_PIXELS } from '../core/image';
import { CLASS_COUNT } from '../core/labels';
import { augment, copyScaled, type Augmentation } from './augment';

/** A view of images with their labels, without a copy. */
export interface LabelledImages {
  /** n × 784 uint8, row-major. */
  readonly pixels: Uint8Array;
  readonly labels: Uint8Array;
}

export interface Batch {
  readonly size: number;
  /** size × 784, 0–1. */
  readonly inputs: Float32Array;
  /** size × 10, one-hot. */
  readonly targets: Float32Array;
}

/** Random changes to the images of a training batch, and to their targets. */
export interface TrainingChanges extends Augmentation {
  /** Share of a target that is distributed over all classes. */
  readonly labelSmoothing?: number;
}

/** The images at `indices` as floats, unchanged or augmented. */
export function createBatch(
  images: LabelledImages,
  indices: Uint32Array,
  augmentation?: TrainingChanges,
): Batch {
  const inputs = new Float32Array(indices.length * IMAGE_PIXELS);
  const smoothing = augmentation?.labelSmoothing ?? 0;
  const targets = new Float32Array(indices.length * CLASS_COUNT).fill(smoothing / CLASS_COUNT);
  indices.forEach((index, i) => {
    const image = images.pixels.subarray(index * IMAGE_PIXELS, (index + 1) * IMAGE_PIXELS);
    const input = inputs.subarray(i * IMAGE_PIXELS, (i + 1) * IMAGE_PIXELS);
    if (augmentation) augment(image, input, augmentation);
    else copyScaled(image, input);
    targets[i * CLASS_COUNT + (images.labels[index] ?? 0)]! += 1 - smoothing;
  });
  return { size: indices.length, inputs, targets };
}
