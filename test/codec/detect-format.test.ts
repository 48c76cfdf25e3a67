import { Transformer } from '@napi-rs/image';
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

  it('is raw for 784 bytes, whatever they look like', () => {
    const bytes = Buffer.alloc(784, 0x20);
    png().copy(bytes);
    expect(detectFormat(bytes, undefined)).toBe('raw');
    expect(detectFormat(bytes, 'image/png')).toBe('png');
  });
});

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
    ['a web page', Buffer.from('<!doctype html><p>'), /HTML/],
    ['text', Buffer.from('BMW is a car, not a bitmap'), /are text/],
    ['unknown bytes', Buffer.from('0102030405', 'hex'), /0102030405/],
  ])('%s comes with a hint', (_, bytes, message) => {
    expect(detectFormat(bytes, undefined)).toMatchObject({
      code: 'NOT_AN_IMAGE',
      message: expect.stringMatching(message) as string,
    });
  });
});
