import { IMAGE_SIDE } from './image';
import { CLASS_NAMES } from './labels';

/** What a model is given and what it tells apart. */
export interface ModelShape {
  /** Of the grey image that it sees, pixels. */
  readonly height: number;
  readonly width: number;
  /** Names of the classes; the position is the label. */
  readonly labels: readonly string[];
}

export const FASHION_MNIST: ModelShape = { height: IMAGE_SIDE, width: IMAGE_SIDE, labels: CLASS_NAMES };

/** Bytes of one image: uint8, row-major. */
export function pixelsOf({ height, width }: ModelShape): number {
  return height * width;
}

/** The page, the results store and the measurements know these images and classes only. */
export function isFashionMnist({ height, width, labels }: ModelShape): boolean {
  const named = labels.length === CLASS_NAMES.length && labels.every((label, i) => label === CLASS_NAMES[i]);
  return named && height === IMAGE_SIDE && width === IMAGE_SIDE;
}
