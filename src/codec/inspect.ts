import { imageSize } from 'image-size';
import { messageOf } from '../core/errors';
import { MAX_IMAGE_SIDE, MAX_PICTURE_PIXELS, type FileFormat } from '../core/image';
import { exifOrientation } from './exif-orientation';
import { inspectJpeg } from './inspect-jpeg';
import { inspectPng } from './inspect-png';
import type { Inspected } from './inspected';
import { Refused } from './refused';

/**
 * Reads the headers of an encoded image. This protects the decoder, which has no limits, from decompression bombs.
 * Throws Refused: CORRUPT, TOO_LARGE_PIXELS (more than 25 megapixels, or a side above 8192) or UNSUPPORTED_FORMAT.
 */
export function inspect(bytes: Buffer, format: FileFormat): Inspected {
  const inspected = INSPECTORS[format](bytes);
  const { width, height } = inspected;
  if (width === 0 || height === 0) throw new Refused('CORRUPT', `The image is ${width} × ${height} pixels.`);
  if (Math.max(width, height) > MAX_IMAGE_SIDE || width * height > MAX_PICTURE_PIXELS) {
    throw new Refused(
      'TOO_LARGE_PIXELS',
      `The image is ${width} × ${height} pixels; at most ${MAX_PICTURE_PIXELS / 1e6} megapixels and ${MAX_IMAGE_SIDE} on a side are decoded.`,
    );
  }
  return inspected;
}

const INSPECTORS = { png: inspectPng, jpeg: inspectJpeg, webp: inspectWebp };

function inspectWebp(bytes: Buffer): Inspected {
  if (bytes.length < 30) throw new Refused('CORRUPT', `The WebP has only ${bytes.length} bytes.`);
  const length = 8 + bytes.readUInt32LE(4);
  if (length > bytes.length) {
    throw new Refused('CORRUPT', `The WebP is cut off: ${bytes.length} of its ${length} bytes are there.`);
  }
  try {
    const { width, height } = imageSize(bytes);
    return { width, height, orientation: webpOrientation(bytes.subarray(0, length)), bytes };
  } catch (error) {
    throw new Refused('CORRUPT', `The WebP has no readable header: ${messageOf(error)}.`);
  }
}

/** Chunks (RIFF) are a name, a length and their data, padded to an even length. */
function webpOrientation(bytes: Buffer): number {
  let at = 12;
  while (at + 8 <= bytes.length) {
    const length = bytes.readUInt32LE(at + 4);
    const data = bytes.subarray(at + 8, at + 8 + length);
    if (bytes.toString('latin1', at, at + 4) === 'EXIF') return exifOrientation(data);
    at += 8 + length + (length % 2);
  }
  return 1;
}
