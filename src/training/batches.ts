import { IMAGE_PIXELS, IMAGE_SIDE } from '../core/image';
import { CLASS_COUNT } from '../core/labels';

/** Images with their labels; a view, nothing is copied. */
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

/** The images at `indices` as floats; half of them mirrored at random if `random` is given. */
export function createBatch(images: LabelledImages, indices: Uint32Array, random?: () => number): Batch {
  const inputs = new Float32Array(indices.length * IMAGE_PIXELS);
  const targets = new Float32Array(indices.length * CLASS_COUNT);
  indices.forEach((index, i) => {
    const image = images.pixels.subarray(index * IMAGE_PIXELS, (index + 1) * IMAGE_PIXELS);
    const input = inputs.subarray(i * IMAGE_PIXELS, (i + 1) * IMAGE_PIXELS);
    copyScaled(image, input, random !== undefined && random() < 0.5);
    targets[i * CLASS_COUNT + (images.labels[index] ?? 0)] = 1;
  });
  return { size: indices.length, inputs, targets };
}

/** Clothes look the same in a mirror, so mirrored images are as good as new ones. */
function copyScaled(image: Uint8Array, input: Float32Array, mirrored: boolean): void {
  for (let i = 0; i < image.length; i++) {
    // In a row, x becomes SIDE − 1 − x.
    const from = mirrored ? i - 2 * (i % IMAGE_SIDE) + IMAGE_SIDE - 1 : i;
    input[i] = (image[from] ?? 0) / 255;
  }
}
