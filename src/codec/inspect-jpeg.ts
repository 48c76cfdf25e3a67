import { Refused } from './refused';
import { exifOrientation } from './exif-orientation';
import type { Inspected } from './inspected';

const SOI = 0xd8;
const EOI = 0xd9;
const SOS = 0xda;
const APP1 = 0xe1;

/** A progressive image has about 10 scans. Each one processes all pixels, so thousands of them are an attack. */
const MAX_SCANS = 200;

/**
 * Walks the markers of a JPEG (ITU T.81, annex B) up to the end of the first image.
 *
 * `image-size` is not used here: it knows only three of the frame types and takes the first one. The decoder may take
 * another one, for which the limit on pixels would not apply.
 */
export function inspectJpeg(bytes: Buffer): Inspected {
  let frame: { width: number; height: number } | undefined;
  let orientation: number | undefined;
  let scans = 0;
  let at = 2;
  for (;;) {
    const marker = markerAt(bytes, at);
    at = marker.end;
    if (marker.code === EOI) break;
    if (isStandalone(marker.code)) continue;
    const segment = segmentAt(bytes, at);
    at += 2 + segment.length;
    if (isFrame(marker.code)) {
      if (frame !== undefined) throw corrupt('it has more than one frame header');
      frame = parseFrame(marker.code, segment);
    }
    if (marker.code === APP1 && segment.toString('latin1', 0, 6) === 'Exif\0\0')
      orientation ??= exifOrientation(segment);
    if (marker.code === SOS) {
      if (frame === undefined) throw corrupt('a scan comes before the frame header');
      if (++scans > MAX_SCANS)
        throw new Refused('UNSUPPORTED_FORMAT', `A JPEG with more than ${MAX_SCANS} scans.`);
      at = endOfScan(bytes, at);
    }
  }
  if (frame === undefined || scans === 0) throw corrupt('it has no image data');
  return { ...frame, orientation: orientation ?? 1, bytes };
}

function markerAt(bytes: Buffer, start: number): { code: number; end: number } {
  let at = start;
  if (at < bytes.length && bytes[at] !== 0xff) throw corrupt(`there is no marker at byte ${at}`);
  while (bytes[at] === 0xff) at++;
  const code = bytes[at];
  if (code === undefined) throw corrupt('it is cut off before its end-of-image marker');
  return { code, end: at + 1 };
}

function segmentAt(bytes: Buffer, at: number): Buffer {
  if (at + 2 > bytes.length) throw corrupt('it is cut off inside a segment');
  const length = bytes.readUInt16BE(at);
  if (length < 2) throw corrupt(`the segment at byte ${at} has the length ${length}`);
  if (at + length > bytes.length) throw corrupt('it is cut off inside a segment');
  return bytes.subarray(at + 2, at + length);
}

function isStandalone(code: number): boolean {
  return code === SOI || code === 0x01 || (code >= 0xd0 && code <= 0xd7);
}

/** SOF0 … SOF15 without DHT, JPG and DAC, which lie between them. */
function isFrame(code: number): boolean {
  return code >= 0xc0 && code <= 0xcf && code !== 0xc4 && code !== 0xc8 && code !== 0xcc;
}

function parseFrame(code: number, segment: Buffer): { width: number; height: number } {
  if (segment.length < 6) throw corrupt('the frame header is too short');
  if (code > 0xc2) {
    const kind =
      code >= 0xc9 ? 'arithmetic-coded' : code === 0xc3 || code === 0xc7 ? 'lossless' : 'hierarchical';
    throw new Refused('UNSUPPORTED_FORMAT', `A ${kind} JPEG (SOF${code - 0xc0}) is not decoded here.`);
  }
  const precision = segment.readUInt8(0);
  if (precision !== 8)
    throw new Refused('UNSUPPORTED_FORMAT', `A JPEG with ${precision} bits a sample; only 8 are decoded.`);
  const components = segment.readUInt8(5);
  if (components < 1 || components > 4) throw corrupt(`it has ${components} colour components`);
  return { height: segment.readUInt16BE(1), width: segment.readUInt16BE(3) };
}

/** In entropy-coded data, FF is followed by 00 (a stuffed byte), a restart marker, another FF, or it ends the scan. */
function endOfScan(bytes: Buffer, start: number): number {
  for (let at = bytes.indexOf(0xff, start); at >= 0; at = bytes.indexOf(0xff, at + 1)) {
    const next = bytes[at + 1];
    if (next === undefined) break;
    if (next !== 0x00 && next !== 0xff && !(next >= 0xd0 && next <= 0xd7)) return at;
  }
  throw corrupt('it is cut off before its end-of-image marker');
}

function corrupt(problem: string): Refused {
  return new Refused('CORRUPT', `The JPEG cannot be decoded: ${problem}.`);
}
