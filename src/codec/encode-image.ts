import { Transformer } from '@napi-rs/image';
import { FASHION_MNIST, type ModelShape } from '../core/model-shape';

/** An image as a message value. */
export interface EncodedImage {
  readonly value: Buffer;
  readonly contentType: string;
}

/**
 * Encodes pixels of a model's size (28 × 28 grey by default; uint8, row-major). JPEG loses detail; the others do not.
 *
 * @param quality of JPEG, 1–100
 */
export async function encodeImage(
  pixels: Buffer,
  format: 'raw' | 'png' | 'jpeg' | 'json',
  shape: ModelShape = FASHION_MNIST,
  quality = 95,
): Promise<EncodedImage> {
  switch (format) {
    case 'raw':
      return { value: pixels, contentType: 'application/octet-stream' };
    case 'json':
      return {
        value: Buffer.from(JSON.stringify({ image: pixels.toString('base64') })),
        contentType: 'application/json',
      };
    case 'png':
      return { value: await transformer(pixels, shape).png(), contentType: 'image/png' };
    case 'jpeg':
      return { value: await transformer(pixels, shape).jpeg(quality), contentType: 'image/jpeg' };
  }
}

function transformer(pixels: Buffer, { width, height, channels }: ModelShape): Transformer {
  const rgba = Buffer.alloc(width * height * 4, 255);
  for (let i = 0; i < width * height; i++) {
    for (let channel = 0; channel < 3; channel++)
      rgba[i * 4 + channel] = pixels[i * channels + (channels === 3 ? channel : 0)]!;
  }
  return Transformer.fromRgbaPixels(rgba, width, height);
}
