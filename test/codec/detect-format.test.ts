import { Transformer } from '@napi-rs/image';
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { detectFormat } from '../../src/codec/detect-format';
import { png } from '../fixtures/png';

const JPEG = Transformer.fromRgbaPixels(Buffer.alloc(64 * 64 * 4, 9), 64, 64).jpegSync();
const WEBP = Transformer.fromRgbaPixels(Buffer.alloc(64 * 64 * 4, 9), 64, 64).webpSync();

describe('the format of a message without a content type', () => {
  it.each([
    ['raw', Buffer.alloc(784)],
    ['png', png()],
    ['jpeg', JPEG],
    ['webp', WEBP],
    ['json', Buffer.from('{"image": []}')],
    ['json', Buffer.from('\ufeff \n[')],
    ['cloudevent', Buffer.from('{"specversion": "1.0"}')],
  ])('is %s', (format, bytes) => {
    expect(detectFormat(bytes, undefined)).toBe(format);
    expect(detectFormat(bytes, 'application/octet-stream')).toBe(format);
    expect(detectFormat(bytes, 'text/plain; charset=utf-8')).toBe(format);
  });

  describe('of exactly as many bytes as the model has pixels', () => {
    const FILES = join(__dirname, '..', 'fixtures', 'images-of-784-bytes');

    it.each(readdirSync(FILES))('is that of the file %s', (name) => {
      const bytes = readFileSync(join(FILES, name));
      expect(bytes).toHaveLength(784);
      const format = name.includes('png') ? 'png' : 'jpeg';
      expect(detectFormat(bytes, undefined)).toBe(format);
      expect(detectFormat(bytes, 'application/octet-stream')).toBe(format);
    });

    it.each([
      ['webp', padded(WEBP)],
      ['png', padded(png())],
      ['jpeg', padded(Buffer.concat([JPEG.subarray(0, 20), Buffer.from('ffe1fff0', 'hex')]))],
      ['json', Buffer.from('{"image": "'.padEnd(782, 'A') + '"}')],
      ['json', Buffer.from(` [${'0,'.repeat(390)}0]`)],
      ['cloudevent', Buffer.from('{"specversion": "1.0", "data": "'.padEnd(782, 'A') + '"}')],
    ])('is %s', (format, bytes) => {
      expect(bytes).toHaveLength(784);
      expect(detectFormat(bytes, undefined)).toBe(format);
    });

    it.each([
      ['GIF', padded(Buffer.from('GIF89a'))],
      ['BMP', padded(Buffer.from('424d1003000000000000', 'hex'))],
      ['BMP', padded(Buffer.from(`424d${'00'.repeat(12)}28000000${'1c000000'.repeat(2)}0100`, 'hex'))],
      ['RIFF', padded(Buffer.from('RIFF\x08\x03\0\0AVI LIST', 'latin1'))],
      ['ICO', padded(Buffer.from('00000100010010100000010020006800000016000000', 'hex'))],
      ['gzip', padded(Buffer.from('1f8b0800000000000003', 'hex'))],
      ['bzip2', padded(Buffer.from('BZh91AY&SY'))],
      ['AVIF', padded(Buffer.from('\0\0\0\x20ftypavif', 'latin1'))],
      ['SVG', padded(Buffer.from('<svg xmlns="http://www.w3.org/2000/svg">'))],
    ])('is refused if it is %s', (name, bytes) => {
      expect(detectFormat(bytes, undefined)).toMatchObject({
        code: 'UNSUPPORTED_FORMAT',
        message: expect.stringContaining(name) as string,
      });
    });

    it.each([
      ['begin like a JPEG', padded(Buffer.from('ffd8ffff', 'hex'))],
      ['begin like a JPEG with one segment', padded(Buffer.from('ffd8ffe0001000', 'hex'))],
      ['begin like an icon', padded(Buffer.from('00000100', 'hex'))],
      ['begin like gzip', padded(Buffer.from('1f8b', 'hex'))],
      ['begin like a bitmap of another size', padded(Buffer.from('424d', 'hex'))],
      ['begin like an icon without images', padded(Buffer.from('000001000000', 'hex'))],
      ['begin like bzip2', padded(Buffer.from('BZh9'))],
      ['begin like JSON', padded(Buffer.from('{"image": ['))],
      ['begin and end like JSON', Buffer.from('{'.padEnd(783, 'x') + '}')],
      ['are only white space', Buffer.alloc(784, 0x20)],
    ])('is raw for pixels that %s', (_, bytes) => {
      expect(bytes).toHaveLength(784);
      expect(detectFormat(bytes, undefined)).toBe('raw');
    });

    it('follows the shape of the model', () => {
      expect(detectFormat(png(), undefined, png().length)).toBe('png');
      expect(detectFormat(Buffer.alloc(100, 7), undefined, 100)).toBe('raw');
    });
  });
});

function padded(start: Buffer): Buffer {
  return Buffer.concat([start, Buffer.alloc(784, 0x20)]).subarray(0, 784);
}

describe('a content type', () => {
  it.each([
    ['image/png', png(), 'png'],
    ['IMAGE/JPEG', JPEG, 'jpeg'],
    ['image/webp; q=1', JPEG, 'jpeg'],
    ['application/json', png(), 'png'],
    ['application/json; charset=utf-8', Buffer.from('{}'), 'json'],
    ['application/ld+json', Buffer.from('x'.repeat(784)), 'json'],
    ['application/cloudevents+json', Buffer.from('{}'), 'cloudevent'],
  ])('%s decides, but magic bytes win', (contentType, bytes, format) => {
    expect(detectFormat(bytes, contentType)).toBe(format);
  });

  it('does not get control characters into the message', () => {
    expect(detectFormat(Buffer.from('abc'), 'image/\u001b[31mx\n')).toMatchObject({
      code: 'UNSUPPORTED_FORMAT',
      message: expect.not.stringMatching(/[^\x20-\x7e]/) as string,
    });
  });
});

describe('what is refused', () => {
  it.each([
    ['base64 text of a JPEG', Buffer.from(JPEG.toString('base64')), /base64 text of a JPEG/],
    [
      'a JSON text with base64',
      Buffer.from(JSON.stringify(png().toString('base64'))),
      /base64 text of a PNG/,
    ],
    ['a data: URL', Buffer.from('data:image/png;base64,AAAA'), /data: URL/],
    ['an address', Buffer.from('s3://camera/boot.png'), /references\.allow/],
    ['a web page', Buffer.from('<!doctype html><p>'), /HTML/],
    ['text', Buffer.from('BMW is a car, not a bitmap'), /are text/],
    ['unknown bytes', Buffer.from('0102030405', 'hex'), /0102030405/],
    ['a framed record', Buffer.from('000000000c02', 'hex'), /schema 12 .* set schemaRegistry\.url/],
  ])('%s comes with a hint', (_, bytes, message) => {
    expect(detectFormat(bytes, undefined)).toMatchObject({
      code: 'NOT_AN_IMAGE',
      message: expect.stringMatching(message) as string,
    });
  });
});
