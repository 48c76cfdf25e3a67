import { Transformer, compressJpegSync } from '@napi-rs/image';
import fc from 'fast-check';
import { REJECTION_CODES } from '../../src/core/errors';
import type { ImageFormat } from '../../src/core/image';
import { decodeItem, isRefusal } from '../../src/codec/decode-item';
import { detectFormat } from '../../src/codec/detect-format';
import { exif } from '../fixtures/jpeg';
import { chunk, png } from '../fixtures/png';

jest.setTimeout(120_000);

/** More with FUZZ_RUNS=10000. */
const RUNS = Number(process.env['FUZZ_RUNS'] ?? 300);
/** ms; generous, because the machine may be busy. */
const TIME_LIMIT = 5_000;

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

type Mutation = (bytes: Buffer) => Buffer;

const position = fc.double({ min: 0, max: 1, noNaN: true, maxExcluded: true });
const index = (bytes: Buffer, share: number): number => Math.floor(share * bytes.length);

const mutation: fc.Arbitrary<Mutation> = fc.oneof(
  fc.tuple(position, fc.integer({ min: 0, max: 7 })).map(([at, bit]): Mutation => (bytes) => {
    const copy = Buffer.from(bytes);
    if (copy.length > 0) copy[index(copy, at)]! ^= 1 << bit;
    return copy;
  }),
  fc
    .tuple(position, fc.uint8Array({ minLength: 1, maxLength: 8 }))
    .map(([at, patch]): Mutation => (bytes) => {
      const copy = Buffer.from(bytes);
      copy.set(patch.subarray(0, copy.length - index(copy, at)), index(copy, at));
      return copy;
    }),
  position.map(
    (at): Mutation =>
      (bytes) =>
        bytes.subarray(0, index(bytes, at)),
  ),
  fc.tuple(position, position).map(
    ([from, to]): Mutation =>
      (bytes) =>
        Buffer.concat([bytes.subarray(0, index(bytes, from)), bytes.subarray(index(bytes, to))]),
  ),
);

async function expectOutcome(bytes: Buffer, declared: ImageFormat): Promise<void> {
  const detected = detectFormat(bytes, undefined);
  // The decoder must also tolerate the wrong format.
  for (const format of new Set([declared, ...(typeof detected === 'string' ? [detected] : [])])) {
    const started = performance.now();
    const outcome = await decodeItem(bytes, format, { invert: 'auto' });
    if (isRefusal(outcome)) expect(REJECTION_CODES).toContain(outcome.code);
    else expect(outcome.pixels).toHaveLength(784);
    expect(performance.now() - started).toBeLessThan(TIME_LIMIT);
  }
}

describe('a good image that was damaged on its way', () => {
  it.each(Object.entries(SEEDS))('%s: becomes pixels or a code, in time', async (_, seed) => {
    const declared = detectFormat(seed, undefined) as ImageFormat;
    await expectOutcome(seed, declared);
    const damage = fc.array(mutation, { minLength: 1, maxLength: 4 });
    await fc.assert(
      fc.asyncProperty(damage, (mutations) =>
        expectOutcome(
          mutations.reduce((bytes, mutate) => mutate(bytes), seed),
          declared,
        ),
      ),
      { numRuns: RUNS },
    );
  });

  it('does not matter for the next one', async () => {
    const outcome = await decodeItem(png({ samples: Buffer.alloc(784, 33) }), 'png', { invert: 'auto' });
    expect(outcome).toMatchObject({ pixels: expect.anything() as unknown });
  });
});
