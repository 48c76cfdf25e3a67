import type { InvertMode } from '../core/image';
import { FASHION_MNIST, defaultFilter, bytesPerImage, type ModelShape } from '../core/model-shape';
import { blacken, chooseBackground, isInverted, onBackground, type Background } from './background';
import { findContent } from './content';
import { cutsOut, fit, offsetIn, placementOf, type Placement, type Size } from './placement';
import { orient, type Planes, type Raster } from './raster';
import { resample } from './resample';

/**
 * Converts a picture into the model's input: height × width × channels uint8 (28 × 28 grey for Fashion-MNIST),
 * row-major. A picture of exactly that size and kind is unchanged (unless inverted, or cut out of a larger size).
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
  const { height, width, channels, resize } = shape;
  const box = turned ? { height: width, width: height } : { height, width };
  const picture = raster.extent ?? raster;
  const filter = shape.filter ?? defaultFilter(channels);
  const scale = ({ region, size }: Placement): Planes =>
    orient(resample(raster, region, { ...size, channels, filter }), orientation);
  const content = resize === 'content' && isLarger(raster, box) ? findContent(raster) : undefined;
  const image = scale(
    content ? { region: content.region, size: fit(box, content.region) } : placementOf(picture, box, shape),
  );
  const isBlackened = content?.isCutOut === false && invert === 'auto' && channels === 1;
  if (isBlackened) return place(blacken(image, content), { background: 0, inverted: false }, shape);
  // Without its transparent surroundings a cut-out looks like any other picture.
  const whole = content?.isCutOut ? scale(placementOf(picture, box, shape)) : image;
  return place(image, chooseBackground(whole, invert), shape);
}

/** Pictures of the model's size are taken as they are. */
function isLarger(picture: Size, model: Size): boolean {
  return picture.width > model.width || picture.height > model.height;
}

/** The usual case, which the general path would leave unchanged at ten times the cost. */
function isModelSized({ width, height, channels, samples }: Raster, shape: ModelShape): boolean {
  if (cutsOut(shape)) return false;
  const sameSize = width === shape.width && height === shape.height;
  return sameSize && channels === shape.channels && samples.BYTES_PER_ELEMENT === 1;
}

function passThrough(samples: ArrayLike<number>, invert: InvertMode, shape: ModelShape): Uint8Array {
  const pixels = new Uint8Array(samples);
  return isInverted(pixels, shape, invert) ? pixels.map((value) => 255 - value) : pixels;
}

/** In the middle of the model's image, with black around. */
function place(image: Planes, { background, inverted }: Background, shape: ModelShape): Uint8Array {
  const { colours, alpha, width, height } = image;
  const pixels = new Uint8Array(bytesPerImage(shape));
  const { left, top } = offsetIn(shape, image);
  for (const [channel, plane] of colours.entries()) {
    for (let y = 0; y < height; y++) {
      let at = ((top + y) * shape.width + left) * shape.channels + channel;
      for (let i = y * width; i < (y + 1) * width; i++, at += shape.channels) {
        const value = Math.round(onBackground(plane[i]!, alpha[i]!, background));
        pixels[at] = inverted ? 255 - value : value;
      }
    }
  }
  return pixels;
}
