import { hexDump, imageTypeOf, kindOf, sizeOf } from '../../src/dashboard/message-value';
import { greyPng } from '../fixtures/png';

const bytes = (text: string) => Buffer.from(text, 'latin1');

/** A RIFF container with one chunk. */
function webp(chunk: string, data: readonly number[]): Buffer {
  return Buffer.concat([bytes(`RIFF\0\0\0\0WEBP${chunk}\0\0\0\0`), Buffer.from(data)]);
}

function of784(start: Buffer): Buffer {
  return Buffer.concat([start, Buffer.alloc(784, 0x20)]).subarray(0, 784);
}

describe('the value of a dead letter', () => {
  it.each([
    ['empty', Buffer.alloc(0)],
    ['pixels', Buffer.alloc(784)],
    ['PNG', greyPng(Buffer.alloc(784))],
    ['JPEG', bytes('\xff\xd8\xff\xe0')],
    ['GIF', bytes('GIF89a\x02\0\x03\0')],
    ['JSON', bytes('  {"image": 1}')],
    ['text', Buffer.from('grüß Gott')],
    ['bytes', Buffer.from([1, 2, 3])],
    ['bytes', Buffer.from([0xff, 0xfe, 0x41])],
  ])('is recognised as %s', (kind, value) => {
    expect(kindOf(value)).toBe(kind);
  });

  it.each([
    ['PNG', of784(greyPng(Buffer.alloc(784)))],
    ['JPEG', of784(bytes('\xff\xd8\xff\xe0\x04\0'))],
    ['WebP', of784(webp('VP8 ', []))],
    ['GIF', of784(bytes('GIF89a'))],
    ['JSON', bytes('{"image": "'.padEnd(782, 'A') + '"}')],
    ['pixels', of784(bytes('\xff\xd8\xff\xff'))],
    ['pixels', of784(bytes('{"image"'))],
  ])('is recognised as %s if it has as many bytes as an image has pixels', (kind, value) => {
    expect(value).toHaveLength(784);
    expect(kindOf(value)).toBe(kind);
  });

  it('is text even if cut within a character', () => {
    expect(kindOf(Buffer.from('ä'.repeat(200)).subarray(0, 255))).toBe('text');
  });

  it('has the size in its header', () => {
    expect(sizeOf(greyPng(Buffer.alloc(784)), 'PNG')).toEqual({ width: 28, height: 28 });
    expect(sizeOf(bytes('GIF89a\x02\0\x03\0'), 'GIF')).toEqual({ width: 2, height: 3 });
    const frame = Buffer.from([0xff, 0xd8, 0xff, 0xe0, 0, 4, 9, 9, 0xff, 0xc2, 0, 11, 8, 1, 0, 2, 0, 1]);
    expect(sizeOf(frame, 'JPEG')).toEqual({ width: 512, height: 256 });
    expect(sizeOf(webp('VP8X', [0, 0, 0, 0, 9, 0, 0, 19, 0, 0]), 'WebP')).toEqual({ width: 10, height: 20 });
    expect(sizeOf(webp('VP8L', [0x2f, 27, 0xc0, 6, 0]), 'WebP')).toEqual({ width: 28, height: 28 });
    expect(sizeOf(webp('VP8 ', [0, 0, 0, 0x9d, 1, 0x2a, 28, 0, 30, 0]), 'WebP')).toEqual({
      width: 28,
      height: 30,
    });
  });

  it('is shown as an image only if its header declares a small one', () => {
    const png = greyPng(Buffer.alloc(784));
    expect(imageTypeOf(png)).toBe('image/png');
    const bomb = Buffer.from(png);
    bomb.writeUInt32BE(50_000, 16);
    expect(imageTypeOf(bomb)).toBeUndefined();
    expect(imageTypeOf(png.subarray(0, 18))).toBeUndefined();
    expect(imageTypeOf(bytes('\xff\xd8\xff\xe0'))).toBeUndefined();
    expect(imageTypeOf(bytes('{"image": 1}'))).toBeUndefined();
  });

  it('is dumped in lines, up to the limit', () => {
    expect(hexDump(bytes('GIF89a\0\x01and more'), 10)).toBe(
      ['0000  47 49 46 38 39 61 00 01  GIF89a··', '0008  61 6e                    an'].join('\n'),
    );
  });
});
