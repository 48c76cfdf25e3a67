import { Transformer } from '@napi-rs/image';
import { thumbnailSize, type Picture } from '../core/picture';
import { decodeImage } from './decode-image';
import { inspect } from './inspect';

/** Longest side of an enlarged image, in pixels: encoding a larger one would block all other requests. */
const MOST_SIDE = 1_024;

/** Encodes a picture as a PNG, each pixel as a square of `scale` × `scale`, without smoothing. */
export function encodePng({ pixels, width, height, channels }: Picture, scale: number): Buffer {
  const times = Math.max(1, Math.min(scale, Math.floor(MOST_SIDE / Math.max(width, height))));
  const rgba = new Uint8Array(width * height * times * times * 4);
  for (let y = 0, at = 0; y < height * times; y++) {
    const row = Math.floor(y / times) * width;
    for (let x = 0; x < width * times; x++, at += 4) {
      const first = (row + Math.floor(x / times)) * channels;
      for (let channel = 0; channel < 3; channel++)
        rgba[at + channel] = pixels[channels === 1 ? first : first + channel] ?? 0;
      rgba[at + 3] = 255;
    }
  }
  return Transformer.fromRgbaPixels(rgba, width * times, height * times).pngSync();
}

/** The colours of a PNG file, at most as large as a thumbnail. Rejects with Refused, as `decodeImage` does. */
export async function decodePng(file: Buffer): Promise<Picture> {
  const { width, height } = inspect(file, 'png');
  const size = { ...thumbnailSize({ width, height, channels: 3 }), channels: 3 as const };
  const shape = { ...size, resize: 'stretch', invert: 'never', labels: [] } as const;
  const { pixels } = await decodeImage(file, 'png', 'never', shape);
  return { ...size, pixels };
}
