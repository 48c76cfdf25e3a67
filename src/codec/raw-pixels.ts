import { recognise, type Signature } from './signatures';

/**
 * Whether bytes without an informative content type are raw pixels: as many as the model has, and not certainly
 * something else.
 *
 * The length alone is not sufficient: a file or a JSON text may have exactly that many bytes, and would get a
 * confident prediction. Only patterns that are improbable for pixels count as something else.
 */
export function isRawPixels(value: Uint8Array, pixels: number): boolean {
  if (value.length !== pixels) return false;
  // Most images begin with background, and no file begins with four zeros.
  if (value[0] === 0 && value[1] === 0 && value[2] === 0 && value[3] === 0) return true;
  const bytes = Buffer.from(value.buffer, value.byteOffset, value.byteLength);
  const signature = recognise(bytes);
  if (signature !== undefined) return !isCertain(signature, bytes);
  return !TEXTS.test(bytes.toString('latin1', 0, 16)) && !isJson(bytes);
}

/** Texts with an unsupported image: their refusal contains the remedy. */
const TEXTS = /^\s*(data:image\/|<svg[\s>]|<\?xml\s)/i;

function isCertain({ name, weak }: Signature, bytes: Buffer): boolean {
  if (name === 'JPEG') return startsLikeJpeg(bytes);
  if (name === 'BMP') return bytes.readUInt32LE(2) === bytes.length;
  return weak !== true;
}

/** Three bytes are too few: a first segment must follow, and another marker after it unless the file is cut off. */
function startsLikeJpeg(bytes: Buffer): boolean {
  if (bytes.length < 6) return false;
  const marker = bytes.readUInt8(3);
  const length = bytes.readUInt16BE(4);
  if (marker < 0xc0 || marker === 0xff || length < 2) return false;
  const next = 4 + length;
  return next >= bytes.length || bytes[next] === 0xff;
}

/** Reads the whole text only if its ends match. */
function isJson(bytes: Buffer): boolean {
  const first = bytes.find(isVisible);
  const last = bytes.findLast(isVisible);
  const fits = (first === 0x7b && last === 0x7d) || (first === 0x5b && last === 0x5d);
  if (!fits) return false;
  try {
    JSON.parse(bytes.toString('utf8'));
    return true;
  } catch {
    return false;
  }
}

function isVisible(byte: number): boolean {
  return byte !== 0x20 && byte !== 0x09 && byte !== 0x0a && byte !== 0x0d;
}
