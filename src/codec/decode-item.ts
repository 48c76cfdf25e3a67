import { messageOf } from '../core/errors';
import type { ImageFormat, InvertMode } from '../core/image';
import { FASHION_MNIST, bytesPerImage, type ModelShape } from '../core/model-shape';
import type { Decoded } from '../core/classification';
import { decodeEnvelope } from './decode-envelope';
import { decodeImage, type DecodedFile } from './decode-image';
import { detectFormat } from './detect-format';
import { Refused } from './refused';
import type { Refusal } from './refused';

/** The model's input pixels, or why there are none. */
export type DecodeOutcome = Decoded | Refusal;

export interface DecodeOptions {
  readonly invert: InvertMode;
  /** Target shape of the image; Fashion-MNIST's if absent. */
  readonly shape?: ModelShape;
}

export function isRefusal(outcome: DecodeOutcome): outcome is Refusal {
  return 'code' in outcome;
}

/**
 * Decodes one image in the format that `detectFormat` found, to height × width uint8, row-major. Never throws and
 * never rejects. The outcome is synchronous except for encoded images above one megapixel. The pixels may be a view
 * of `bytes`.
 */
export function decodeItem(
  bytes: Uint8Array,
  format: ImageFormat,
  options: DecodeOptions,
): DecodeOutcome | Promise<DecodeOutcome> {
  try {
    const decoded = decode(bytes, format, options);
    return isPromise(decoded) ? decoded.catch(toRefusal) : decoded;
  } catch (error) {
    return toRefusal(error);
  }
}

function decode(bytes: Uint8Array, format: ImageFormat, options: DecodeOptions): Decoded | Promise<Decoded> {
  const { invert, shape = FASHION_MNIST } = options;
  if (format === 'raw') return { pixels: assertRaw(bytes, shape) };
  if (format === 'json' || format === 'cloudevent') return decodeWrapped(bytes, options);
  return decodeImage(bytes, format, invert, shape);
}

/** An image in an envelope: raw pixels or an encoded image, but not another envelope. */
function decodeWrapped(
  bytes: Uint8Array,
  { invert, shape = FASHION_MNIST }: DecodeOptions,
): Decoded | Promise<Decoded> {
  const { image, ...about } = decodeEnvelope(bytes, shape);
  const format = detectFormat(image, undefined, bytesPerImage(shape));
  if (typeof format === 'object') {
    const code = format.code === 'UNSUPPORTED_FORMAT' ? format.code : 'BAD_ENVELOPE';
    throw new Refused(code, `In the field with the image: ${format.message}`);
  }
  if (format === 'raw') return { pixels: image, ...about };
  if (format === 'json' || format === 'cloudevent') {
    throw new Refused('BAD_ENVELOPE', 'The field with the image holds another JSON envelope.');
  }
  return withAbout(decodeImage(image, format, invert, shape), about);
}

function withAbout(
  file: DecodedFile | Promise<DecodedFile>,
  about: Pick<Decoded, 'id' | 'label'>,
): Decoded | Promise<Decoded> {
  return isPromise(file) ? file.then((decoded) => ({ ...decoded, ...about })) : { ...file, ...about };
}

function assertRaw(bytes: Uint8Array, shape: ModelShape): Uint8Array {
  const pixels = bytesPerImage(shape);
  if (bytes.length === pixels) return bytes;
  throw new Refused('NOT_AN_IMAGE', `A raw image has ${pixels} bytes; there are ${bytes.length}.`);
}

/** Any error of a decoder is attributed to the file: one image must never affect others. */
function toRefusal(error: unknown): Refusal {
  if (typeof error === 'object' && error !== null && (error as { name?: unknown }).name === 'Refused') {
    const { code, message } = error as Refused;
    return { code, message };
  }
  return { code: 'CORRUPT', message: `The image cannot be decoded: ${messageOf(error)}` };
}

function isPromise<T extends object>(value: T | Promise<T>): value is Promise<T> {
  return typeof (value as { then?: unknown }).then === 'function';
}
