import { Transformer } from '@napi-rs/image';
import type { Metadata } from '@napi-rs/image';
import { withTimeout } from '../core/async/timeout';
import { messageOf } from '../core/errors';
import type { FileFormat, InvertMode } from '../core/image';
import { FASHION_MNIST, type ModelShape } from '../core/model-shape';
import type { Decoded } from '../core/classification';
import { inspect } from './inspect';
import type { Inspected } from './inspected';
import { toModelImage } from './model-image';
import { placementOf, type Size } from './placement';
import { decodeQuarter } from './quarter-jpeg/decode';
import type { Raster } from './raster';
import { Refused } from './refused';

/**
 * Images up to this size are decoded synchronously: at most about 10 ms, and no promise for the usual small ones.
 * Larger ones are decompressed in a thread of libuv, where this can time out.
 */
const MAX_SYNC_PIXELS = 1 << 20;

/** A large JPEG that the model's image shrinks at least this much is decoded at a quarter of its size. */
const LEAST_SHRINKING = 6;

/** Time-out of decoding one image, ms. 24 megapixels take about 300–600 ms. */
export const DECODE_TIMEOUT_MS = 5_000;

/** Content of an image file. */
export type DecodedFile = Required<Pick<Decoded, 'pixels' | 'original'>>;

/**
 * Decodes a PNG, JPEG or WebP file into the model's input (height × width uint8, row-major). From an animation it
 * takes the default image. Throws Refused: CORRUPT, TOO_LARGE_PIXELS, UNSUPPORTED_FORMAT, DECODE_TIMEOUT. The last
 * one is only from a promise, which is returned for a large image.
 */
export function decodeImage(
  bytes: Uint8Array,
  format: FileFormat,
  invert: InvertMode,
  shape: ModelShape = FASHION_MNIST,
): DecodedFile | Promise<DecodedFile> {
  const inspected = inspect(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength), format);
  const original = { format, ...uprightSize(inspected) };
  const isLarge = inspected.width * inspected.height > MAX_SYNC_PIXELS;
  const quarter =
    isLarge && format === 'jpeg' && isShrunk(inspected, shape) && decodeQuarter(inspected.bytes);
  if (quarter) return { pixels: toModelImage(quarter, inspected.orientation, invert, shape), original };
  const picture = open(inspected);
  if (isLarge) return decodeLarge(picture, inspected, invert, shape).then((pixels) => ({ pixels, original }));
  const metadata = refusing(() => picture.metadataSync());
  return { pixels: finish(picture, metadata, inspected, invert, shape), original };
}

/** Whether a quarter of the picture's width and height is enough for the model. An object in it may be smaller. */
function isShrunk({ width, height, orientation }: Inspected, shape: ModelShape): boolean {
  if (shape.resize === 'content') return false;
  const turned = orientation >= 5;
  const box = turned ? { width: shape.height, height: shape.width } : shape;
  const { region, size } = placementOf({ width, height }, box, shape);
  return Math.min(region.width / size.width, region.height / size.height) >= LEAST_SHRINKING;
}

function uprightSize({ width, height, orientation }: Inspected): Size {
  return orientation >= 5 ? { width: height, height: width } : { width, height };
}

function open(inspected: Inspected): Transformer {
  return refusing(() => new Transformer(inspected.bytes));
}

async function decodeLarge(
  picture: Transformer,
  inspected: Inspected,
  invert: InvertMode,
  shape: ModelShape,
): Promise<Uint8Array> {
  const metadata = await withTimeout(picture.metadata().catch(rethrowCorrupt), DECODE_TIMEOUT_MS, tooSlow);
  return finish(picture, metadata, inspected, invert, shape);
}

function tooSlow(): Refused {
  return new Refused('DECODE_TIMEOUT', `Decoding took longer than ${DECODE_TIMEOUT_MS} ms.`);
}

function finish(
  picture: Transformer,
  metadata: Metadata,
  inspected: Inspected,
  invert: InvertMode,
  shape: ModelShape,
): Uint8Array {
  // The decoder relied on the size in the headers, which also bounds the indices below.
  if (metadata.width !== inspected.width || metadata.height !== inspected.height) {
    throw new Refused('CORRUPT', 'The headers of the image contradict each other about its size.');
  }
  const raster = toRaster(
    metadata,
    refusing(() => picture.rawPixelsSync()),
  );
  return toModelImage(raster, inspected.orientation, invert, shape);
}

/** The native module reports all problems as one kind of error. */
function refusing<T>(decode: () => T): T {
  try {
    return decode();
  } catch (error) {
    return rethrowCorrupt(error);
  }
}

function rethrowCorrupt(error: unknown): never {
  throw new Refused('CORRUPT', `The image cannot be decoded: ${oneLine(messageOf(error))}`);
}

function oneLine(text: string): string {
  return text
    .replace(/\s+/g, ' ')
    .trim()
    .slice(0, 200)
    .replace(/[^\x20-\x7e]/g, '?');
}

/**
 * By `Metadata.colorType`: L8, La8, Rgb8, Rgba8, then the same in 16 bits, then floats. The package declares an enum
 * JsColorType for them, but does not export it at run time (seen in 1.15).
 */
const LAYOUTS: readonly { channels: Raster['channels']; bytes: 1 | 2 }[] = [
  { channels: 1, bytes: 1 },
  { channels: 2, bytes: 1 },
  { channels: 3, bytes: 1 },
  { channels: 4, bytes: 1 },
  { channels: 1, bytes: 2 },
  { channels: 2, bytes: 2 },
  { channels: 3, bytes: 2 },
  { channels: 4, bytes: 2 },
];

function toRaster({ width, height, colorType }: Metadata, data: Buffer): Raster {
  const layout = LAYOUTS[colorType];
  if (layout === undefined) throw new Refused('UNSUPPORTED_FORMAT', 'An image with floating-point samples.');
  const expected = width * height * layout.channels * layout.bytes;
  if (data.length !== expected) {
    throw new Refused('CORRUPT', `The image has ${data.length} bytes of samples instead of ${expected}.`);
  }
  return { width, height, channels: layout.channels, samples: layout.bytes === 1 ? data : toUint16(data) };
}

function toUint16(data: Buffer): Uint16Array {
  const aligned = data.byteOffset % 2 === 0 ? data : Buffer.from(new Uint8Array(data).buffer);
  return new Uint16Array(aligned.buffer, aligned.byteOffset, aligned.length / 2);
}
