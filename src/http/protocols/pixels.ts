import { IMAGE_PIXELS } from '../../core/image';
import { badFields } from '../problems';

/** Model manifests scale pixels by 1/255, so model inputs are numbers from 0 to 1. */
const SCALE = 255;

/** Datatype of a tensor: UINT8 has pixels, FP32 has model inputs from 0 to 1. */
export type PixelType = 'UINT8' | 'FP32';

/**
 * Splits `n × 784` numbers into images of 784 uint8 pixels, row-major. FP32 is rounded to the nearest of 256 grey
 * values. Throws BAD_REQUEST with `field` and the first value out of range.
 */
export function toImages(values: ArrayLike<unknown>, type: PixelType, field: string): Buffer[] {
  const pixels = Buffer.allocUnsafe(values.length);
  const isPixel = type === 'UINT8' ? isUint8 : isFraction;
  const factor = type === 'UINT8' ? 1 : SCALE;
  for (let at = 0; at < values.length; at++) {
    const value = values[at];
    if (!isPixel(value)) throw badPixel(value, at, type, field);
    pixels[at] = Math.round(value * factor);
  }
  return Array.from({ length: values.length / IMAGE_PIXELS }, (_, at) =>
    pixels.subarray(at * IMAGE_PIXELS, (at + 1) * IMAGE_PIXELS),
  );
}

/** 32-bit floats, little-endian; `bytes` may be unaligned. */
export function toFloats(bytes: Buffer): Float32Array {
  const floats = new Float32Array(bytes.length / 4);
  for (let at = 0; at < floats.length; at++) floats[at] = bytes.readFloatLE(at * 4);
  return floats;
}

function isUint8(value: unknown): value is number {
  return typeof value === 'number' && Number.isInteger(value) && value >= 0 && value <= 255;
}

/** False for NaN. */
function isFraction(value: unknown): value is number {
  return typeof value === 'number' && value >= 0 && value <= 1;
}

function badPixel(value: unknown, at: number, type: PixelType, field: string): Error {
  const expected =
    type === 'UINT8'
      ? 'UINT8 values are whole numbers from 0 to 255'
      : 'floating-point values are model inputs from 0 to 1; divide pixels by 255';
  const shown = typeof value === 'number' ? String(value) : (JSON.stringify(value) ?? typeof value);
  return badFields([{ field, value: `${shown.slice(0, 60)} at ${at}`, message: expected }]);
}
