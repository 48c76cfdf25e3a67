import type { InvertMode } from '../core/image';
import { FASHION_MNIST, pixelsOf, type ModelShape } from '../core/model-shape';
import { orient, shrink } from './raster';
import type { GreyImage, Raster } from './raster';

/**
 * Converts a picture into the model's input: height × width uint8 (28 × 28 for Fashion-MNIST), row-major, bright on
 * black.
 *
 * The aspect ratio is kept: the picture becomes as large as fits, each side at least one pixel, and the rest stays
 * black, as in Fashion-MNIST. A grey image of exactly that size is unchanged (unless inverted).
 *
 * `auto` inverts when the background is bright: when the mean of the outermost pixels is above 127. In
 * Fashion-MNIST's 70,000 images it never exceeds 107.6. Mostly transparent outermost pixels contain no information;
 * then dark content (mean at most 127) is inverted, so that a cut-out is always bright on black.
 */
export function toModelImage(
  raster: Raster,
  orientation: number,
  invert: InvertMode,
  shape: ModelShape = FASHION_MNIST,
): Uint8Array {
  if (isModelSized(raster, shape) && orientation === 1) return passThrough(raster.samples, invert, shape);
  // EXIF orientations from 5 on rotate it by 90°: it must fit afterwards.
  const turned = orientation >= 5;
  const { width, height } = fit(turned ? { height: shape.width, width: shape.height } : shape, raster);
  const image = orient(shrink(raster, width, height), orientation);
  const { background, inverted } = chooseBackground(image, invert);
  const pixels = new Uint8Array(pixelsOf(shape));
  const left = (shape.width - image.width) >> 1;
  const top = (shape.height - image.height) >> 1;
  for (let y = 0; y < image.height; y++) {
    for (let x = 0; x < image.width; x++) {
      const value = Math.round(composite(image, y * image.width + x, background));
      pixels[(top + y) * shape.width + left + x] = inverted ? 255 - value : value;
    }
  }
  return pixels;
}

/** The usual case, which the general path would leave unchanged at ten times the cost. */
function isModelSized({ width, height, channels, samples }: Raster, shape: ModelShape): boolean {
  return (
    width === shape.width && height === shape.height && channels === 1 && samples.BYTES_PER_ELEMENT === 1
  );
}

function passThrough(samples: ArrayLike<number>, invert: InvertMode, shape: ModelShape): Uint8Array {
  const pixels = new Uint8Array(samples);
  const inverted =
    invert === 'always' || (invert === 'auto' && mean(borderOf(shape), (i) => pixels[i]!) > 127);
  return inverted ? pixels.map((value) => 255 - value) : pixels;
}

type Size = { readonly width: number; readonly height: number };

function fit(box: Size, { width, height }: Size): Size {
  const scale = Math.min(box.width / width, box.height / height);
  return { width: Math.max(1, Math.round(width * scale)), height: Math.max(1, Math.round(height * scale)) };
}

function chooseBackground(image: GreyImage, invert: InvertMode): { background: number; inverted: boolean } {
  if (invert !== 'auto') return { background: invert === 'always' ? 255 : 0, inverted: invert === 'always' };
  const background = contentMean(image) > 127 ? 0 : 255;
  const border = borderIndices(image);
  const opacity = mean(border, (i) => image.alpha[i]!);
  if (opacity < 0.5) return { background, inverted: background === 255 };
  return { background, inverted: mean(border, (i) => composite(image, i, background)) > 127 };
}

function composite(image: GreyImage, i: number, background: number): number {
  return Math.min(255, image.grey[i]! + (1 - Math.min(1, image.alpha[i]!)) * background);
}

/** Mean grey of the visible part; 255 without one, so that it stays black. */
function contentMean({ grey, alpha }: GreyImage): number {
  const visible = alpha.reduce((sum, value) => sum + value, 0);
  return visible > 0 ? grey.reduce((sum, value) => sum + value, 0) / visible : 255;
}

function borderIndices({ width, height }: Pick<GreyImage, 'width' | 'height'>): number[] {
  const indices: number[] = [];
  for (let i = 0; i < width * height; i++) {
    const x = i % width;
    const y = (i - x) / width;
    if (x === 0 || y === 0 || x === width - 1 || y === height - 1) indices.push(i);
  }
  return indices;
}

/** Of the last shape: it is nearly always the same. */
let border = { width: 0, height: 0, indices: [] as number[] };

function borderOf({ width, height }: Size): number[] {
  if (border.width !== width || border.height !== height)
    border = { width, height, indices: borderIndices({ width, height }) };
  return border.indices;
}

function mean(indices: readonly number[], value: (i: number) => number): number {
  return indices.reduce((sum, i) => sum + value(i), 0) / indices.length;
}
