import { IMAGE_PIXELS } from '../core/image';

/** Kind of a message value, judged by its first bytes. */
export type ValueKind =
  'empty' | 'pixels' | 'PNG' | 'JPEG' | 'WebP' | 'GIF' | 'BMP' | 'JSON' | 'text' | 'bytes';

export interface Size {
  readonly width: number;
  readonly height: number;
}

/** Larger images are not shown, px: a small file may decode to gigabytes. */
const MAX_SIDE = 4096;
const TYPES: Partial<Record<ValueKind, string>> = {
  PNG: 'image/png',
  JPEG: 'image/jpeg',
  WebP: 'image/webp',
  GIF: 'image/gif',
  BMP: 'image/bmp',
};

/** As in the stream: a file of as many bytes as an image has pixels is not raw pixels. */
export function kindOf(bytes: Uint8Array): ValueKind {
  if (bytes.length === 0) return 'empty';
  const head = latin1(bytes, 0, 12);
  const mayBePixels = bytes.length === IMAGE_PIXELS;
  if (head.startsWith('\x89PNG')) return 'PNG';
  if (mayBePixels ? startsLikeJpeg(bytes) : head.startsWith('\xff\xd8')) return 'JPEG';
  if (head.startsWith('RIFF') && head.endsWith('WEBP')) return 'WebP';
  if (head.startsWith('GIF8')) return 'GIF';
  if (head.startsWith('BM') && latin1(bytes, 6, 4) === '\0\0\0\0') return 'BMP';
  if (mayBePixels && !isJson(bytes)) return 'pixels';
  if (!isText(bytes)) return 'bytes';
  return /^\s*[[{]/.test(head) ? 'JSON' : 'text';
}

/** A first segment, and another marker after it. */
function startsLikeJpeg(bytes: Uint8Array): boolean {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const next = 4 + view.getUint16(4);
  const marker = view.getUint8(3);
  const isSegment = latin1(bytes, 0, 3) === '\xff\xd8\xff' && marker >= 0xc0 && marker < 0xff;
  return isSegment && (next >= bytes.length || bytes[next] === 0xff);
}

function isJson(bytes: Uint8Array): boolean {
  if (bytes[0] === 0) return false;
  try {
    return typeof JSON.parse(new TextDecoder().decode(bytes)) === 'object';
  } catch {
    return false;
  }
}

/** Media type to show the value as an image; undefined if the browser should not try. */
export function imageTypeOf(bytes: Uint8Array): string | undefined {
  const kind = kindOf(bytes);
  const size = sizeOf(bytes, kind);
  if (size === undefined || Math.max(size.width, size.height) > MAX_SIDE) return undefined;
  return TYPES[kind];
}

/** Size according to the file header; undefined if there is no known header. */
export function sizeOf(bytes: Uint8Array, kind: ValueKind): Size | undefined {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  try {
    switch (kind) {
      case 'PNG':
        return { width: view.getUint32(16), height: view.getUint32(20) };
      case 'GIF':
        return { width: view.getUint16(6, true), height: view.getUint16(8, true) };
      case 'BMP':
        return { width: Math.abs(view.getInt32(18, true)), height: Math.abs(view.getInt32(22, true)) };
      case 'JPEG':
        return jpegSize(view);
      case 'WebP':
        return webpSize(view, latin1(bytes, 12, 4));
      default:
        return undefined;
    }
  } catch {
    // Truncated before the size: DataView throws a RangeError.
    return undefined;
  }
}

/** ITU-T T.81, B.1.1: skips markers up to the start of a frame (C0–CF except C4, C8 and CC). */
function jpegSize(view: DataView): Size | undefined {
  for (let at = 2; ; at += 2 + view.getUint16(at + 2)) {
    if (view.getUint8(at) !== 0xff) return undefined;
    const marker = view.getUint8(at + 1);
    if (marker >= 0xc0 && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker))
      return { width: view.getUint16(at + 7), height: view.getUint16(at + 5) };
  }
}

/** RFC 9649, section 2: the canvas of VP8X, or the frame of VP8 or VP8L. */
function webpSize(view: DataView, chunk: string): Size | undefined {
  if (chunk === 'VP8X') {
    const side = (at: number) => view.getUint16(at, true) + (view.getUint8(at + 2) << 16) + 1;
    return { width: side(24), height: side(27) };
  }
  if (chunk === 'VP8 ')
    return { width: view.getUint16(26, true) & 0x3fff, height: view.getUint16(28, true) & 0x3fff };
  if (chunk !== 'VP8L') return undefined;
  const bits = view.getUint32(21, true);
  return { width: (bits & 0x3fff) + 1, height: ((bits >> 14) & 0x3fff) + 1 };
}

/** Lines with the offset and eight bytes in hex and as characters. */
export function hexDump(bytes: Uint8Array, most: number): string {
  const lines: string[] = [];
  for (let at = 0; at < Math.min(bytes.length, most); at += 8) {
    const row = [...bytes.subarray(at, Math.min(at + 8, most))];
    const hex = row.map((byte) => byte.toString(16).padStart(2, '0')).join(' ');
    const text = row.map((byte) => (byte >= 32 && byte < 127 ? String.fromCharCode(byte) : '·')).join('');
    lines.push(`${at.toString(16).padStart(4, '0')}  ${hex.padEnd(23)}  ${text}`);
  }
  return lines.join('\n');
}

function latin1(bytes: Uint8Array, from: number, length: number): string {
  return String.fromCharCode(...bytes.subarray(from, from + length));
}

/** UTF-8 without control characters, judged by the beginning. */
function isText(bytes: Uint8Array): boolean {
  const text = new TextDecoder('utf-8').decode(bytes.subarray(0, 256), { stream: true });
  // eslint-disable-next-line no-control-regex -- control characters distinguish bytes from text
  return !/[\x00-\x08\x0e-\x1f\ufffd]/.test(text);
}
