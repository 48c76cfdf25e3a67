import { IMAGE_SIDE } from '../core/image';
import { rotated } from './resample';

/** Random changes to a training image; half of the images are mirrored. A part that is 0 takes no random number. */
export interface Augmentation {
  /** Source of all random choices. */
  readonly random: () => number;
  /** Largest rotation in degrees, in either direction, of those images that are rotated. */
  readonly rotation?: number;
  /** Largest shift of an image in pixels, in any direction; new edge pixels are black. */
  readonly shift?: number;
  /** Share of the images that are inverted. */
  readonly inversion?: number;
  /** Share of the images in which a rectangle is filled with noise (Zhong et al., 2017). */
  readonly erasing?: number;
}

/** Rotation blurs an image, and most images to classify are upright and sharp. */
export const ROTATED_SHARE = 0.3;
/** Of an erased rectangle, as a share of the image. */
const ERASED_AREA = [0.02, 0.25] as const;
/** Largest ratio of the sides of an erased rectangle. */
const ERASED_RATIO = 3.3;

/** Writes a changed image as floats. Reads and writes 28 × 28, row-major: uint8 to 0–1. */
export function augment(image: Uint8Array, input: Float32Array, augmentation: Augmentation): void {
  const { random, rotation = 0, shift = 0, inversion = 0, erasing = 0 } = augmentation;
  const mirrored = random() < 0.5;
  const upright = rotation === 0 || random() >= ROTATED_SHARE;
  const source = upright ? image : rotated(image, between(-rotation, rotation, random()));
  copyScaled(source, input, { mirrored, shift: chooseShift(shift, random) });
  if (inversion > 0 && random() < inversion) invert(input);
  if (erasing > 0 && random() < erasing) erase(input, random);
}

interface Place {
  /** Mirrored clothes look natural, so mirroring adds training images. */
  readonly mirrored: boolean;
  /** To the right and down. */
  readonly shift: readonly [x: number, y: number];
}

const UNCHANGED: Place = { mirrored: false, shift: [0, 0] };

/** Writes an image as floats, at a place; `input` must be black. */
export function copyScaled(image: Uint8Array, input: Float32Array, place: Place = UNCHANGED): void {
  const { mirrored } = place;
  const [dx, dy] = place.shift;
  for (let y = Math.max(0, dy); y < IMAGE_SIDE + Math.min(0, dy); y++) {
    const row = (y - dy) * IMAGE_SIDE;
    for (let x = Math.max(0, dx); x < IMAGE_SIDE + Math.min(0, dx); x++) {
      const from = mirrored ? IMAGE_SIDE - 1 - (x - dx) : x - dx;
      input[y * IMAGE_SIDE + x] = (image[row + from] ?? 0) / 255;
    }
  }
}

function chooseShift(shift: number, random: () => number): [x: number, y: number] {
  if (shift === 0) return [0, 0];
  const choose = () => Math.floor(random() * (2 * shift + 1)) - shift;
  return [choose(), choose()];
}

function invert(input: Float32Array): void {
  for (let i = 0; i < input.length; i++) input[i] = 1 - (input[i] as number);
}

function erase(input: Float32Array, random: () => number): void {
  const area = between(...ERASED_AREA, random()) * input.length;
  const ratio = ERASED_RATIO ** between(-1, 1, random());
  const height = sideOf(Math.sqrt(area * ratio));
  const width = sideOf(Math.sqrt(area / ratio));
  const top = Math.floor(random() * (IMAGE_SIDE - height + 1));
  const left = Math.floor(random() * (IMAGE_SIDE - width + 1));
  for (let y = top; y < top + height; y++) {
    for (let x = left; x < left + width; x++) input[y * IMAGE_SIDE + x] = random();
  }
}

function sideOf(length: number): number {
  return Math.min(IMAGE_SIDE - 1, Math.max(1, Math.floor(length)));
}

function between(low: number, high: number, share: number): number {
  return low + (high - low) * share;
}
