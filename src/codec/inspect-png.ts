import { Refused } from './refused';
import { exifOrientation } from './exif-orientation';
import type { Inspected } from './inspected';

const SIGNATURE = '89504e470d0a1a0a';
/** Length, type and CRC around the data of a chunk. */
const FRAMING = 12;
const MAX_EXIF = 65_536;

/**
 * Walks the chunks of a PNG (W3C PNG specification, section 5) and keeps only the chunks that the pixels need.
 *
 * The decoder inflates an ICC profile without a limit (1 MB becomes 1 GB and takes a second), so it never receives
 * one, nor compressed texts. Without its control chunks an animated PNG is a still one: its default image.
 */
export function inspectPng(bytes: Buffer): Inspected {
  if (bytes.toString('hex', 0, 8) !== SIGNATURE) throw corrupt('its signature is damaged');
  const kept: Buffer[] = [bytes.subarray(0, 8)];
  let orientation: number | undefined;
  let at = 8;
  for (let type = ''; type !== 'IEND';) {
    const chunk = chunkAt(bytes, at);
    at += chunk.length;
    type = chunk.toString('latin1', 4, 8);
    if (kept.length === 1 && type !== 'IHDR')
      throw corrupt(`it starts with ${printable(type)} instead of IHDR`);
    if (type === 'eXIf' && chunk.length <= MAX_EXIF) orientation ??= exifOrientation(chunk.subarray(8, -4));
    if (type === 'tRNS' || isCritical(type)) kept.push(chunk);
  }
  return {
    ...parseHeader(kept[1] as Buffer),
    orientation: orientation ?? 1,
    bytes: keptBytes(bytes, kept, at),
  };
}

function chunkAt(bytes: Buffer, at: number): Buffer {
  if (at + FRAMING > bytes.length) throw corrupt('it is cut off before its IEND chunk');
  const end = at + FRAMING + bytes.readUInt32BE(at);
  if (end > bytes.length) throw corrupt(`the chunk at byte ${at} is longer than the file`);
  return bytes.subarray(at, end);
}

/** An upper-case first letter: bit 5 of the first byte is clear. */
function isCritical(type: string): boolean {
  return (type.charCodeAt(0) & 0x20) === 0;
}

function parseHeader(chunk: Buffer): { width: number; height: number } {
  if (chunk.length !== FRAMING + 13) throw corrupt('its IHDR chunk has the wrong length');
  return { width: chunk.readUInt32BE(8), height: chunk.readUInt32BE(12) };
}

/** Avoids the copy for a file without anything to remove, which is the usual case. */
function keptBytes(bytes: Buffer, kept: readonly Buffer[], end: number): Buffer {
  const length = kept.reduce((sum, chunk) => sum + chunk.length, 0);
  return length === end ? bytes.subarray(0, end) : Buffer.concat(kept, length);
}

function printable(type: string): string {
  return JSON.stringify(type.replace(/[^\x20-\x7e]/g, '?'));
}

function corrupt(problem: string): Refused {
  return new Refused('CORRUPT', `The PNG cannot be decoded: ${problem}.`);
}
