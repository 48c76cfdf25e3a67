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
  const check = HEADERS[name];
  return check === undefined ? weak !== true : bytes.length >= 28 && check(bytes);
}

/** Checks of the fields after a short signature, which pixels may have by chance. */
const HEADERS: Readonly<Record<string, (bytes: Buffer) => boolean>> = {
  JPEG: startsLikeJpeg,
  // The size of the file, or the size of a known second header and one colour plane.
  BMP: (bytes) =>
    bytes.readUInt32LE(2) === bytes.length ||
    ([40, 52, 56, 64, 108, 124].includes(bytes.readUInt32LE(14)) && bytes.readUInt16LE(26) === 1),
  ICO: startsLikeIcon,
  CUR: startsLikeIcon,
  // Deflate, no reserved flag, and a known operating system.
  gzip: (bytes) => bytes[2] === 8 && bytes[3]! < 32 && (bytes[9]! <= 13 || bytes[9] === 255),
  bzip2: (bytes) => /^BZh[1-9]1AY&SY/.test(bytes.toString('latin1', 0, 10)),
};

/** The first image of the directory lies inside the file, after the directory. */
function startsLikeIcon(bytes: Buffer): boolean {
  const [count, size, start] = [bytes.readUInt16LE(4), bytes.readUInt32LE(14), bytes.readUInt32LE(18)];
  return count > 0 && bytes[9] === 0 && start >= 6 + 16 * count && start + size <= bytes.length;
}

/** Three bytes are too few: a first segment must follow, and another marker after it unless the file is cut off. */
function startsLikeJpeg(bytes: Buffer): boolean {
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
