const ORIENTATION = 0x0112;
const ENTRY = 12;
const SHORT = 3;
const LONG = 4;
const PREFIX = 'Exif\0\0';

/**
 * EXIF orientation of an image, 1 to 8 (1: upright); 1 for damaged data.
 *
 * The decoder could read it, too, but it prints a line on standard error for each invalid field, which cannot be
 * disabled.
 *
 * @param data a TIFF structure (TIFF 6.0, section 2), with or without the prefix of a JPEG
 */
export function exifOrientation(data: Buffer): number {
  const tiff = data.toString('latin1', 0, PREFIX.length) === PREFIX ? data.subarray(PREFIX.length) : data;
  const order = tiff.toString('latin1', 0, 4);
  if (tiff.length < 8 || (order !== 'II*\0' && order !== 'MM\0*')) return 1;
  const littleEndian = order.startsWith('II');
  const short = (at: number): number => (littleEndian ? tiff.readUInt16LE(at) : tiff.readUInt16BE(at));
  const long = (at: number): number => (littleEndian ? tiff.readUInt32LE(at) : tiff.readUInt32BE(at));

  const directory = long(4);
  if (directory + 2 > tiff.length) return 1;
  // The count may be larger than the data.
  const fitting = Math.floor((tiff.length - directory - 2) / ENTRY);
  for (let i = 0; i < Math.min(short(directory), fitting); i++) {
    const at = directory + 2 + i * ENTRY;
    if (short(at) !== ORIENTATION) continue;
    const type = short(at + 2);
    const value = type === SHORT ? short(at + 8) : type === LONG ? long(at + 8) : 0;
    return value >= 1 && value <= 8 ? value : 1;
  }
  return 1;
}
