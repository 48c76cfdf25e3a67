import { sumPixels } from '../../src/inference/pixel-sums';

describe('pixel sums', () => {
  it('add up the mean and the deviation of each image', () => {
    const pixels = Uint8Array.from([0, 0, 100, 100, 50, 50, 50, 50, 255, 255, 255, 255]);
    expect(sumPixels(pixels, 2, 4)).toEqual({ images: 2, brightness: 100, contrast: 50 });
    expect(sumPixels(pixels, 3, 4)).toEqual({ images: 3, brightness: 355, contrast: 50 });
    expect(sumPixels(pixels, 0, 4)).toEqual({ images: 0, brightness: 0, contrast: 0 });
  });
});
