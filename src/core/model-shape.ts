import { IMAGE_SIDE, type InvertMode } from './image';
import { CLASS_NAMES } from './labels';

/**
 * How a picture becomes an image of the model's size: `stretch` changes its aspect ratio, `fit` keeps all of it with
 * black bars, `crop` keeps the centre. `content` fits the object on a plain background.
 */
export const RESIZE_MODES = ['stretch', 'fit', 'crop', 'content'] as const;
export type Resize = (typeof RESIZE_MODES)[number];

/**
 * How pictures are scaled. `area`: mean of the covered pixels, by covered share. `bilinear`, `bicubic`: as Pillow does
 * it, which averages over all pixels of a large picture.
 */
export const FILTERS = ['area', 'bilinear', 'bicubic'] as const;
export type Filter = (typeof FILTERS)[number];

/** Area averaging keeps hard edges; colour models expect the bilinear scaling of their training. */
export function defaultFilter(channels: ModelShape['channels']): Filter {
  return channels === 1 ? 'area' : 'bilinear';
}

/** Input images and classes of a model. */
export interface ModelShape {
  /** Size of the input image, pixels. */
  readonly height: number;
  readonly width: number;
  /** 1: grey. 3: red, green and blue, whatever order the network takes. */
  readonly channels: 1 | 3;
  readonly resize: Resize;
  /**
   * Pixels that a picture is scaled to before its centre is cut out: with `crop` its shorter side, with `stretch` both
   * sides. Absent: only the centre is scaled, or nothing is cut off.
   */
  readonly cropFrom?: number;
  /** Absent: `defaultFilter`. */
  readonly filter?: Filter;
  /** Whether pictures are inverted, unless the setting `inference.invert` says otherwise. */
  readonly invert: InvertMode;
  /** Names of the classes; the position is the label. */
  readonly labels: readonly string[];
}

export const FASHION_MNIST: ModelShape = {
  height: IMAGE_SIDE,
  width: IMAGE_SIDE,
  channels: 1,
  resize: 'fit',
  invert: 'auto',
  labels: CLASS_NAMES,
};

/** The shape with another way to resize, which replaces the model's own, with its `cropFrom`. */
export function withResize(shape: ModelShape, resize: Resize | undefined): ModelShape {
  if (resize === undefined || resize === shape.resize) return shape;
  const { cropFrom: _, ...others } = shape;
  return { ...others, resize };
}

/** Size of one image in uint8. */
export function bytesPerImage({
  height,
  width,
  channels,
}: Pick<ModelShape, 'height' | 'width' | 'channels'>): number {
  return height * width * channels;
}

/** The dataset and the measurements of the package are for these images and classes only. */
export function isFashionMnist(shape: Pick<ModelShape, 'height' | 'width' | 'channels' | 'labels'>): boolean {
  const { height, width, channels, labels } = shape;
  const named = labels.length === CLASS_NAMES.length && labels.every((label, i) => label === CLASS_NAMES[i]);
  return named && height === IMAGE_SIDE && width === IMAGE_SIDE && channels === 1;
}
