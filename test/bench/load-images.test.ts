import { Transformer } from '@napi-rs/image';
import { generateImages, loadFor, pixelsAt, toJpeg } from '../../src/bench/load-images';
import { FASHION_MNIST, bytesPerImage, type ModelShape } from '../../src/core/model-shape';

const shape: ModelShape = {
  height: 24,
  width: 32,
  channels: 3,
  resize: 'stretch',
  invert: 'never',
  labels: ['cat', 'dog'],
};

describe('generated images', () => {
  it('have the size of the model, and differ', () => {
    const images = generateImages(shape);
    expect([images.size, images.pixels.length]).toEqual([256, 256 * 24 * 32 * 3]);
    expect(pixelsAt(images, 3)).toHaveLength(24 * 32 * 3);
    expect(pixelsAt(images, 3).equals(pixelsAt(images, 4))).toBe(false);
    expect(images.labels).toBeUndefined();
  });

  it.each([1, 3] as const)('become JPEG files, with %i channels', (channels) => {
    const own = { ...shape, channels };
    const pixels = pixelsAt(generateImages(own), 0);
    const picture = new Transformer(toJpeg(pixels, own));
    expect(picture.metadataSync()).toMatchObject({ width: 32, height: 24 });
    const [decoded] = picture.rawPixelsSync();
    expect(Math.abs((decoded ?? 0) - (pixels[0] ?? 0))).toBeLessThan(24);
  });
});

describe('the default load', () => {
  const usual = { warmUp: 100_000, count: 200_000 };

  it('is the usual one for Fashion-MNIST only', () => {
    expect(loadFor(FASHION_MNIST, usual)).toEqual(usual);
    expect(loadFor(shape, usual)).toEqual({ warmUp: 10_000, count: 20_000 });
  });

  it('is at most a gigabyte of photos', () => {
    const photos = { ...shape, height: 224, width: 224 };
    const { warmUp, count } = loadFor(photos, usual);
    expect((warmUp + count) * bytesPerImage(photos)).toBeLessThanOrEqual(2 ** 30 + bytesPerImage(photos));
    expect(count).toBeGreaterThan(4_000);
  });
});
