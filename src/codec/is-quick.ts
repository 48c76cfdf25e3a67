import { FILE_FORMATS, type FileFormat, type ImageFormat } from '../core/image';
import { bytesPerImage, type ModelShape } from '../core/model-shape';
import { decodeEnvelope } from './decode-envelope';
import { detectFormat } from './detect-format';
import { inspect } from './inspect';

/** Values and pictures up to these sizes are decoded in about a millisecond. */
const QUICK_BYTES = 64 * 1024;
const QUICK_PIXELS = 256 * 256;

export function isFile(format: ImageFormat): format is FileFormat {
  return (FILE_FORMATS as readonly ImageFormat[]).includes(format);
}

/** Whether `decodeItem` may decode the image on the main thread. A small file may hold a large picture. */
export function isQuick(bytes: Uint8Array, format: ImageFormat, shape: ModelShape): boolean {
  if (format === 'raw') return true;
  if (bytes.length > QUICK_BYTES) return false;
  try {
    return isFile(format) ? isSmall(bytes, format) : isQuickInside(bytes, shape);
  } catch {
    // The decoder refuses it just as early.
    return true;
  }
}

function isQuickInside(envelope: Uint8Array, shape: ModelShape): boolean {
  const { image } = decodeEnvelope(envelope, shape);
  const format = detectFormat(image, undefined, bytesPerImage(shape));
  return typeof format === 'object' || !isFile(format) || isSmall(image, format);
}

function isSmall(bytes: Uint8Array, format: FileFormat): boolean {
  const { width, height } = inspect(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength), format);
  return width * height <= QUICK_PIXELS;
}
