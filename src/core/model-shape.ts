import { IMAGE_SIDE } from './image';
import { CLASS_NAMES } from './labels';

/** Input size and classes of a model. */
export interface ModelShape {
  /** Size of the grey input image, pixels. */
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

/** The page, the results store and the measurements support these images and classes only. */
export function isFashionMnist({ height, width, labels }: ModelShape): boolean {
  const named = labels.length === CLASS_NAMES.length && labels.every((label, i) => label === CLASS_NAMES[i]);
  return named && height === IMAGE_SIDE && width === IMAGE_SIDE;
}
