import { Transformer } from '@napi-rs/image';
import { IMAGE_SIDE } from '../core/image';

/** An image as a message value. */
export interface EncodedImage {
  readonly value: Buffer;
  readonly contentType: string;
}

/** Encodes 28×28 uint8 row-major pixels. JPEG loses detail; the others do not. */
export async function encodeImage(
  pixels: Buffer,
  format: 'raw' | 'png' | 'jpeg' | 'json',
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
      return { value: await transformer(pixels).png(), contentType: 'image/png' };
    case 'jpeg':
      return { value: await transformer(pixels).jpeg(95), contentType: 'image/jpeg' };
  }
}

function transformer(pixels: Buffer): Transformer {
  const rgba = Buffer.alloc(pixels.length * 4, 255);
  for (const [i, value] of pixels.entries()) rgba.fill(value, i * 4, i * 4 + 3);
  return Transformer.fromRgbaPixels(rgba, IMAGE_SIDE, IMAGE_SIDE);
}
