import { Transformer } from '@napi-rs/image';
import { IMAGE_SIDE } from '../core/image';

/** Encodes a 28×28 greyscale image as a PNG with sides of `28 × scale` pixels, without smoothing. */
export function encodePng(pixels: Uint8Array, scale: number): Buffer {
  const side = IMAGE_SIDE * scale;
  const rgba = new Uint8Array(side * side * 4);
  for (let y = 0, at = 0; y < side; y++) {
    const row = Math.floor(y / scale) * IMAGE_SIDE;
    for (let x = 0; x < side; x++, at += 4) {
      rgba.fill(pixels[row + Math.floor(x / scale)] ?? 0, at, at + 3);
      rgba[at + 3] = 255;
    }
  }
  return Transformer.fromRgbaPixels(rgba, side, side).pngSync();
}
