import { sumPixels } from '../../src/inference/pixel-sums';

describe('pixel sums', () => {
  it('sum the mean and the deviation of every eighth image', () => {
    const pixels = new Uint8Array(4 * 10).fill(77);
    pixels.set([0, 0, 100, 100]);
    pixels.set([255, 255, 255, 255], 4 * 8);
    expect(sumPixels(pixels, 1, 4)).toEqual({ images: 1, of: 1, brightness: 50, contrast: 50 });
    expect(sumPixels(pixels, 8, 4)).toEqual({ images: 1, of: 8, brightness: 50, contrast: 50 });
    expect(sumPixels(pixels, 10, 4)).toEqual({ images: 2, of: 10, brightness: 305, contrast: 50 });
    expect(sumPixels(pixels, 0, 4)).toEqual({ images: 0, of: 0, brightness: 0, contrast: 0 });
  });
});
