import type { Picture, PictureSize } from '../core/picture';
import { resample } from './resample';

/** The pixels of a picture in another size and kind, row-major, channels interleaved; nothing is cut off. */
export function scalePicture(picture: Picture, { width, height, channels }: PictureSize): Uint8Array {
  if (picture.width === width && picture.height === height && picture.channels === channels)
    return picture.pixels;
  const raster = { ...picture, samples: picture.pixels };
  const whole = { left: 0, top: 0, width: picture.width, height: picture.height };
  const { colours } = resample(raster, whole, { width, height, channels, filter: 'bilinear' });
  const pixels = new Uint8Array(width * height * channels);
  for (const [channel, plane] of colours.entries())
    plane.forEach((value, at) => (pixels[at * channels + channel] = Math.round(value)));
  return pixels;
}
