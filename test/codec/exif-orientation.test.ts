import { exifOrientation } from '../../src/codec/exif-orientation';
import { exif } from '../fixtures/jpeg';

/** One directory with one entry, little-endian. */
function tiff(type: number, value: number, tag = 0x0112): Buffer {
  const bytes = Buffer.alloc(26);
  bytes.write('II*\0', 'latin1');
  bytes.writeUInt32LE(8, 4);
  bytes.writeUInt16LE(1, 8);
  bytes.writeUInt16LE(tag, 10);
  bytes.writeUInt16LE(type, 12);
  bytes.writeUInt32LE(1, 14);
  if (type === 3) bytes.writeUInt16LE(value, 18);
  else bytes.writeUInt32LE(value, 18);
  return bytes;
}

describe('the orientation in EXIF data', () => {
  it.each([1, 2, 3, 4, 5, 6, 7, 8])('%i is read in both byte orders, with and without a prefix', (value) => {
    expect(exifOrientation(exif(value).subarray(4))).toBe(value);
    expect(exifOrientation(tiff(3, value))).toBe(value);
    expect(exifOrientation(tiff(4, value))).toBe(value);
  });

  it.each([
    ['nothing', Buffer.alloc(0)],
    ['zeroes', Buffer.alloc(64)],
    ['a value that means nothing', tiff(3, 9)],
    ['none', tiff(3, 0)],
    ['a text for a number', tiff(2, 6)],
    ['another field', tiff(3, 6, 0x0110)],
  ])('is 1 for %s', (_name, data) => {
    expect(exifOrientation(data)).toBe(1);
  });

  it('is 1 wherever the data is cut off, and for any directory that lies outside', () => {
    const whole = tiff(3, 6);
    for (let end = 0; end < 22; end++) expect(exifOrientation(whole.subarray(0, end))).toBe(1);
    for (const offset of [25, 26, 1_000, 0xffff_ffff]) {
      const astray = Buffer.from(whole);
      astray.writeUInt32LE(offset, 4);
      expect(exifOrientation(astray)).toBe(1);
    }
    const greedy = Buffer.from(whole);
    greedy.writeUInt16LE(0xffff, 8);
    expect(exifOrientation(greedy)).toBe(6);
  });
});
