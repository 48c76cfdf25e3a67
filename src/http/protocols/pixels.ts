import { badFields } from '../problems';
import type { ModelInput, PixelType } from './model-input';

/** Sharpening and interpolation exceed the range of pixels, but not by as much as the range itself. */
const LEAST_PIXEL = -255;
const MOST_PIXEL = 510;

/** A number that was rounded to 32 bits may lie this far outside of the pixels. */
const TOLERANCE = 0.01;

/**
 * Splits numbers into images of uint8 pixels, row-major with interleaved channels. FP32 is what the network is fed, in
 * its own layout, and is rounded to the nearest pixel. Throws BAD_REQUEST with `field` and the first value out of range.
 */
export function toImages(
  values: ArrayLike<unknown>,
  type: PixelType,
  input: ModelInput,
  field: string,
): Buffer[] {
  const { size } = input;
  const pixels = Buffer.allocUnsafe(values.length);
  if (type === 'UINT8') putPixels(pixels, values, input, field);
  else putNumbers(pixels, values, input, field);
  return Array.from({ length: values.length / size }, (_, at) => pixels.subarray(at * size, (at + 1) * size));
}

/**
 * Splits numbers into images as the network is fed them, unchanged. Throws BAD_REQUEST for a value that is not a number.
 * It also refuses numbers far outside of what pixels become: mistakes such as pixels that were not scaled.
 */
export function toNumbers(values: ArrayLike<unknown>, input: ModelInput, field: string): Float32Array[] {
  const { size } = input;
  const numbers = new Float32Array(values.length);
  for (let at = 0; at < values.length; at++) {
    const value = values[at];
    const pixel = typeof value === 'number' ? input.toPixel(value, input.channelAt(at % size)) : NaN;
    if (!(pixel >= LEAST_PIXEL && pixel <= MOST_PIXEL)) throw badValue(value, at, 'FP32', input, field);
    numbers[at] = value as number;
  }
  return Array.from({ length: values.length / size }, (_, at) =>
    numbers.subarray(at * size, (at + 1) * size),
  );
}

/** 32-bit floats, little-endian; `bytes` may be unaligned. */
export function toFloats(bytes: Buffer): Float32Array {
  const floats = new Float32Array(bytes.length / 4);
  for (let at = 0; at < floats.length; at++) floats[at] = bytes.readFloatLE(at * 4);
  return floats;
}

function putPixels(pixels: Buffer, values: ArrayLike<unknown>, input: ModelInput, field: string): void {
  for (let at = 0; at < values.length; at++) {
    const value = values[at];
    if (!isUint8(value)) throw badValue(value, at, 'UINT8', input, field);
    pixels[at] = value;
  }
}

function putNumbers(pixels: Buffer, values: ArrayLike<unknown>, input: ModelInput, field: string): void {
  const { size } = input;
  for (let start = 0; start < values.length; start += size) {
    for (let at = 0; at < size; at++) {
      const value = values[start + at];
      const pixel = typeof value === 'number' ? input.toPixel(value, input.channelAt(at)) : NaN;
      if (!(pixel >= -TOLERANCE && pixel <= 255 + TOLERANCE))
        throw badValue(value, start + at, 'FP32', input, field);
      pixels[start + input.pixelAt('FP32', at)] = Math.round(Math.min(255, Math.max(0, pixel)));
    }
  }
}

function isUint8(value: unknown): value is number {
  return typeof value === 'number' && Number.isInteger(value) && value >= 0 && value <= 255;
}

function badValue(value: unknown, at: number, type: PixelType, input: ModelInput, field: string): Error {
  const shown = typeof value === 'number' ? String(value) : (JSON.stringify(value) ?? typeof value);
  const message = expected(type, input, at);
  return badFields([{ field, value: `${shown.slice(0, 60)} at ${at}`, message }]);
}

function expected(type: PixelType, input: ModelInput, at: number): string {
  if (type === 'UINT8') return 'UINT8 values are whole numbers from 0 to 255';
  if (input.isFraction) return 'floating-point values are model inputs from 0 to 1; divide pixels by 255';
  const channel = input.channelAt(at % input.size);
  const ends = [input.toNumber(0, channel), input.toNumber(255, channel)].sort((a, b) => a - b);
  const [least, most] = ends.map((end) => Number(end.toPrecision(6)));
  return `floating-point values are what the model is fed after its preprocessing: from ${least} to ${most} here`;
}
