import { Transformer, compressJpegSync } from '@napi-rs/image';
import { REJECTION_CODES } from '../../src/core/errors';
import type { ImageFormat } from '../../src/core/image';
import { decodeItem, isRefusal } from '../../src/codec/decode-item';
import { detectFormat } from '../../src/codec/detect-format';
import { exif } from '../fixtures/jpeg';
import { chunk, png } from '../fixtures/png';
import { damage } from './damage';
import { fuzz } from './fuzz';

jest.setTimeout(600_000);

const photo = Transformer.fromRgbaPixels(
  Buffer.from(Array.from({ length: 48 * 40 * 4 }, (_, i) => (i * i) % 256)),
  48,
  40,
);
const jpeg = Transformer.fromRgbaPixels(Buffer.alloc(64 * 64 * 4, 200), 64, 64).jpegSync(70);
const base64 = png().toString('base64');

const SEEDS: Readonly<Record<string, Buffer>> = {
  'grey PNG': png(),
  'RGBA PNG': photo.pngSync(),
  'PNG with a palette': png({
    colorType: 3,
    before: [chunk('PLTE', Buffer.alloc(768, 5)), chunk('tRNS', Buffer.alloc(9))],
  }),
  JPEG: jpeg,
  'JPEG with EXIF': Buffer.concat([jpeg.subarray(0, 2), exif(6), jpeg.subarray(2)]),
  'progressive JPEG': compressJpegSync(jpeg, { optimizeScans: true }),
  'lossy WebP': photo.webpSync(60),
  'lossless WebP': photo.webpLosslessSync(),
  JSON: Buffer.from(
    JSON.stringify({ image: Array.from({ length: 784 }, (_, i) => i % 256), id: 'x', label: 1 }),
  ),
  'JSON with a PNG': Buffer.from(JSON.stringify({ image: base64 })),
  CloudEvent: Buffer.from(
    JSON.stringify({ specversion: '1.0', id: 'e', datacontenttype: 'image/png', data_base64: base64 }),
  ),
};

async function expectOutcome(bytes: Buffer, declared: ImageFormat): Promise<void> {
  const detected = detectFormat(bytes, undefined);
  // The decoder must also tolerate the wrong format.
  for (const format of new Set([declared, ...(typeof detected === 'string' ? [detected] : [])])) {
    const outcome = await decodeItem(bytes, format, { invert: 'auto' });
    if (isRefusal(outcome)) expect(REJECTION_CODES).toContain(outcome.code);
    else expect(outcome.pixels).toHaveLength(784);
  }
}

describe('a good image that was damaged on its way', () => {
  it.each(Object.entries(SEEDS))('%s: becomes pixels or a code, in time', async (_, seed) => {
    const declared = detectFormat(seed, undefined) as ImageFormat;
    await fuzz([seed], (bytes) => expectOutcome(bytes, declared), { codes: [], damage });
  });

  it('does not matter for the next one', async () => {
    const outcome = await decodeItem(png({ samples: Buffer.alloc(784, 33) }), 'png', { invert: 'auto' });
    expect(outcome).toMatchObject({ pixels: expect.anything() as unknown });
  });
});
