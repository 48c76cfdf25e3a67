import { IMAGE_PIXELS, IMAGE_SIDE } from '../core/image';
import { CLASS_COUNT } from '../core/labels';

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

/** Random changes to the images of a training batch. */
export interface Augmentation {
  /** Source of all random choices; half of the images are mirrored. */
  readonly random: () => number;
  /** Largest shift of an image in pixels, in any direction; new edge pixels are black. */
  readonly shift?: number;
  /** Share of a target that is distributed over all classes. */
  readonly labelSmoothing?: number;
}

/** The images at `indices` as floats, unchanged or augmented. */
export function createBatch(
  images: LabelledImages,
  indices: Uint32Array,
  augmentation?: Augmentation,
): Batch {
  const inputs = new Float32Array(indices.length * IMAGE_PIXELS);
  const smoothing = augmentation?.labelSmoothing ?? 0;
  const targets = new Float32Array(indices.length * CLASS_COUNT).fill(smoothing / CLASS_COUNT);
  indices.forEach((index, i) => {
    const image = images.pixels.subarray(index * IMAGE_PIXELS, (index + 1) * IMAGE_PIXELS);
    const input = inputs.subarray(i * IMAGE_PIXELS, (i + 1) * IMAGE_PIXELS);
    copyScaled(image, input, augmentation ? choosePlace(augmentation) : UNCHANGED);
    targets[i * CLASS_COUNT + (images.labels[index] ?? 0)]! += 1 - smoothing;
  });
  return { size: indices.length, inputs, targets };
}

interface Place {
  /** Mirrored clothes look natural, so mirroring adds training images. */
  readonly mirrored: boolean;
  /** To the right and down. */
  readonly shift: readonly [x: number, y: number];
}

const UNCHANGED: Place = { mirrored: false, shift: [0, 0] };

function choosePlace({ random, shift = 0 }: Augmentation): Place {
  const mirrored = random() < 0.5;
  if (shift === 0) return { mirrored, shift: [0, 0] };
  const choose = () => Math.floor(random() * (2 * shift + 1)) - shift;
  return { mirrored, shift: [choose(), choose()] };
}

function copyScaled(image: Uint8Array, input: Float32Array, { mirrored, shift: [dx, dy] }: Place): void {
  for (let y = Math.max(0, dy); y < IMAGE_SIDE + Math.min(0, dy); y++) {
    const row = (y - dy) * IMAGE_SIDE;
    for (let x = Math.max(0, dx); x < IMAGE_SIDE + Math.min(0, dx); x++) {
      const from = mirrored ? IMAGE_SIDE - 1 - (x - dx) : x - dx;
      input[y * IMAGE_SIDE + x] = (image[row + from] ?? 0) / 255;
    }
  }
}
