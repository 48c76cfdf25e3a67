/** A known kind of file, recognised by its first bytes. */
export interface Signature {
  /** Common name. */
  readonly name: string;
  /** Format of the decoder; absent if it is not supported. */
  readonly format?: 'png' | 'jpeg' | 'webp';
  /** Raw pixels may begin the same way: the first bytes are few, or mostly zero. */
  readonly weak?: true;
}

const PNG: Signature = { name: 'PNG', format: 'png' };
const JPEG: Signature = { name: 'JPEG', format: 'jpeg' };
const WEBP: Signature = { name: 'WebP', format: 'webp' };

/** First bytes in latin1. Those of the decodable formats come first. */
const PREFIXES: readonly (readonly [prefix: string, signature: Signature])[] = [
  ['\x89PNG', PNG],
  ['\xff\xd8\xff', JPEG],
  ['GIF8', { name: 'GIF' }],
  ['II*\0', { name: 'TIFF' }],
  ['MM\0*', { name: 'TIFF' }],
  ['II+\0', { name: 'BigTIFF' }],
  ['MM\0+', { name: 'BigTIFF' }],
  ['\0\0\x01\0', { name: 'ICO', weak: true }],
  ['\0\0\x02\0', { name: 'CUR', weak: true }],
  ['%PDF-', { name: 'PDF' }],
  ['8BPS', { name: 'PSD' }],
  ['\xff\x0a', { name: 'JPEG XL', weak: true }],
  ['\0\0\0\x0cJXL ', { name: 'JPEG XL' }],
  ['\0\0\0\x0cjP  ', { name: 'JPEG 2000' }],
  ['\xff\x4f\xff\x51', { name: 'JPEG 2000' }],
  ['\x1f\x8b', { name: 'gzip', weak: true }],
  ['PK\x03\x04', { name: 'ZIP' }],
  ['BZh', { name: 'bzip2', weak: true }],
  ['\x28\xb5\x2f\xfd', { name: 'Zstandard' }],
  ['qoif', { name: 'QOI' }],
];

/** Brands of an ISO base media file ("ftyp") that are images. */
const BRANDS: Readonly<Record<string, string>> = {
  avif: 'AVIF',
  avis: 'AVIF',
  heic: 'HEIC',
  heix: 'HEIC',
  heim: 'HEIC',
  heis: 'HEIC',
  hevc: 'HEIC',
  mif1: 'HEIC',
  msf1: 'HEIC',
};

/** Recognises a file by its magic bytes alone; undefined for text, raw pixels and everything unknown. */
export function recognise(bytes: Uint8Array): Signature | undefined {
  const head = Buffer.from(bytes.buffer, bytes.byteOffset, Math.min(bytes.length, 16)).toString('latin1');
  // A JPEG that ends after its first two bytes is corrupt, not unknown.
  if (head === '\xff\xd8') return JPEG;
  for (const [prefix, signature] of PREFIXES) if (head.startsWith(prefix)) return signature;
  if (head.startsWith('RIFF') && head.slice(8, 12) === 'WEBP') return WEBP;
  if (head.slice(4, 8) === 'ftyp') return { name: BRANDS[head.slice(8, 12)] ?? 'ISO media file' };
  if (head.startsWith('RIFF')) return { name: 'RIFF' };
  // "BM" alone may be text; a bitmap has four reserved zero bytes after its size.
  if (head.startsWith('BM') && head.slice(6, 10) === '\0\0\0\0') return { name: 'BMP' };
  return undefined;
}
