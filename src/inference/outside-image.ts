import { decodeEnvelope } from '../codec/decode-envelope';
import { detectFormat } from '../codec/detect-format';
import { isFile } from '../codec/is-quick';
import type { ImageFormat } from '../core/image';
import { bytesPerImage, type ModelShape } from '../core/model-shape';

/** An image for a model that does not run in a worker. Plain data, so it can be sent to a thread. */
export interface OutsideImage {
  /** height × width × channels. */
  readonly pixels: Uint8Array;
  /** The image as it came, perhaps in a JSON envelope. */
  readonly value: Uint8Array;
  readonly format: ImageFormat;
}

/** An image as its producer sent it; for an image in a JSON envelope, the file or the pixels in it. */
export interface SentImage {
  readonly bytes: Uint8Array;
  /** `image/png`, `image/jpeg`, `image/webp`, or `application/octet-stream` for raw pixels. */
  readonly contentType: string;
}

/** Pixels that came without a file. */
export function rawImage(pixels: Uint8Array): OutsideImage {
  return { pixels, value: pixels, format: 'raw' };
}

/** Opens an envelope again, so it is called only where it is needed. */
export function sentImage({ value, format }: OutsideImage, shape: ModelShape): SentImage {
  if (format === 'raw' || isFile(format)) return { bytes: value, contentType: contentTypeOf(format) };
  const { image } = decodeEnvelope(value, shape);
  const inside = detectFormat(image, undefined, bytesPerImage(shape));
  return { bytes: image, contentType: contentTypeOf(typeof inside === 'string' ? inside : 'raw') };
}

function contentTypeOf(format: ImageFormat): string {
  return format === 'raw' ? 'application/octet-stream' : `image/${format}`;
}
