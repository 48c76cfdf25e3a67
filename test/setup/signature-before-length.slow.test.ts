import { Transformer } from '@napi-rs/image';
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { decodeImage } from '../../src/codec/decode-image';
import { decodeItem, isRefusal } from '../../src/codec/decode-item';
import { FASHION_MNIST, bytesPerImage, type ModelShape } from '../../src/core/model-shape';
import { createInspection } from '../../src/setup/inspection';
import { chunk, png } from '../fixtures/png';

type Encoded = 'png' | 'jpeg' | 'webp';

const FILES = join(__dirname, '..', 'fixtures', 'images-of-784-bytes');
const shape = (height: number, width: number): ModelShape => ({
  ...FASHION_MNIST,
  height,
  width,
  labels: ['a', 'b'],
});
const picture = () =>
  Transformer.fromRgbaPixels(
    Buffer.from(Uint8Array.from({ length: 32 * 32 * 4 }, (_, i) => (i * 37) % 256)),
    32,
    32,
  );

/** A file of exactly that many bytes, with a comment as the padding. */
const OF_SIZE: Record<Encoded, (bytes: number) => Buffer> = {
  png: (bytes) => {
    const options = { width: 9, height: 7, samples: Uint8Array.from({ length: 63 }, (_, i) => i * 4) };
    return png({ ...options, before: [chunk('tEXt', Buffer.alloc(bytes - png(options).length - 12))] });
  },
  jpeg: (bytes) => {
    const file = picture().jpegSync(10);
    const comments: Buffer[] = [];
    for (let left = bytes - file.length; left > 0;) {
      // Two bytes of marker, two of length, and the rest must not be shorter than that.
      const size = left > 60_000 ? 50_000 : left;
      const comment = Buffer.alloc(size);
      comment.writeUInt16BE(0xfffe, 0);
      comment.writeUInt16BE(size - 2, 2);
      comments.push(comment);
      left -= size;
    }
    return Buffer.concat([file.subarray(0, 2), ...comments, file.subarray(2)]);
  },
  webp: (bytes) => {
    const file = picture().webpSync(1);
    return Buffer.concat([file, Buffer.alloc(bytes - file.length)]);
  },
};

/** Every way to send the bytes of an image without a type that names their format. */
const WAYS: [string, string | undefined, (bytes: Buffer) => Buffer][] = [
  ['as the value', undefined, (bytes) => bytes],
  ['as application/octet-stream', 'application/octet-stream', (bytes) => bytes],
  ['as text/plain', 'text/plain', (bytes) => bytes],
  ['with the type of another image', 'image/webp', (bytes) => bytes],
  ['with the type of JSON', 'application/json', (bytes) => bytes],
  ['in an envelope', undefined, (bytes) => json({ image: bytes.toString('base64') })],
  [
    'in an envelope with base64url',
    'application/json',
    (bytes) => json({ image: bytes.toString('base64url') }),
  ],
  ['in a data: URL', undefined, (bytes) => json({ image: `data:;base64,${bytes.toString('base64')}` })],
  ['as numbers', undefined, (bytes) => json({ image: [...bytes] })],
  ['in a CloudEvent', undefined, (bytes) => json({ ...EVENT, data: { image: bytes.toString('base64') } })],
  ['as the text of a CloudEvent', undefined, (bytes) => json({ ...EVENT, data: bytes.toString('base64') })],
  [
    'as the bytes of a CloudEvent',
    'application/cloudevents+json',
    (bytes) => json({ ...EVENT, data_base64: bytes.toString('base64') }),
  ],
];
const EVENT = { specversion: '1.0', id: '1', source: 's', type: 't' };

function json(value: unknown): Buffer {
  return Buffer.from(JSON.stringify(value));
}

/** `toEqual` takes a second for large images. */
function expectSame(got: Uint8Array, expected: Uint8Array): void {
  expect(Buffer.compare(got, expected)).toBe(0);
}

/** Brokers, HTTP, the library, `classify` and `replay` share the inspection and the decoder. */
async function pixelsIn(value: Buffer, type: string | undefined, of: ModelShape): Promise<Uint8Array> {
  const format = createInspection(1 << 22, of)({ value, headers: type ? [['content-type', type]] : [] });
  if (typeof format === 'object') throw new Error(format.message);
  const decoded = await decodeItem(value, format, { invert: 'never', shape: of });
  if (isRefusal(decoded)) throw new Error(decoded.message);
  return decoded.pixels;
}

describe.each(WAYS)('a file of as many bytes as the model has pixels, sent %s', (_name, type, wrap) => {
  it.each(readdirSync(FILES))('is decoded: %s', async (name) => {
    const bytes = readFileSync(join(FILES, name));
    const { pixels } = await decodeImage(bytes, name.includes('png') ? 'png' : 'jpeg', 'never');
    expectSame(await pixelsIn(wrap(bytes), type, FASHION_MNIST), pixels);
  });

  it.each<[Encoded, number, number]>([
    ['png', 17, 9],
    ['png', 12, 20],
    ['png', 28, 28],
    ['png', 96, 96],
    ['png', 224, 300],
    ['jpeg', 32, 32],
    ['jpeg', 96, 96],
    ['jpeg', 224, 300],
    ['webp', 32, 32],
    ['webp', 96, 96],
    ['webp', 224, 300],
  ])('is decoded: %s for a model of %i × %i', async (format, height, width) => {
    const of = shape(height, width);
    const bytes = OF_SIZE[format](bytesPerImage(of));
    expect(bytes).toHaveLength(height * width);
    const { pixels } = await decodeImage(bytes, format, 'never', of);
    expectSame(await pixelsIn(wrap(bytes), type, of), pixels);
  });
});

describe('pixels that begin like no file', () => {
  it.each<[number, number]>([
    [2, 3],
    [17, 9],
    [28, 28],
    [224, 300],
  ])('are raw for a model of %i × %i', async (height, width) => {
    const pixels = Buffer.from(Uint8Array.from({ length: height * width }, (_, i) => (i * 31 + 5) % 256));
    expectSame(await pixelsIn(pixels, undefined, shape(height, width)), pixels);
  });
});
