import { keptPixels, pictureOf, thumbnailOf, thumbnailSize } from '../../src/core/picture';

const size = (width: number, height: number, channels: 1 | 3) => ({ width, height, channels });

it('keeps small images as they are', () => {
  const pixels = Uint8Array.of(1, 2, 3);
  expect(thumbnailOf(pixels, size(1, 1, 3))).toBe(pixels);
  expect(thumbnailSize(size(128, 17, 1))).toEqual(size(128, 17, 1));
});

it('scales the longest side of a larger one to 128, in any shape and colour', () => {
  expect(thumbnailSize(size(224, 224, 3))).toEqual(size(128, 128, 3));
  expect(thumbnailSize(size(1024, 512, 1))).toEqual(size(128, 64, 1));
  expect(thumbnailSize(size(4096, 1, 1))).toEqual(size(128, 1, 1));
});

it('makes each pixel the mean of the ones under it, by channel', () => {
  const [width, height] = [256, 130];
  const pixels = new Uint8Array(width * height * 3);
  for (let i = 0; i < width * height; i++) pixels.set([i % 2 === 0 ? 100 : 200, 50, (i % width) / 2], i * 3);
  const thumbnail = thumbnailOf(pixels, size(width, height, 3));
  expect(thumbnail).toHaveLength(128 * 65 * 3);
  expect([...thumbnail.subarray(0, 6)]).toEqual([150, 50, 0, 150, 50, 1]);
  expect(thumbnail.at(-1)).toBe(127);
});

it('never has more or fewer pixels than its size says', () => {
  const of = (length: number) =>
    keptPixels({ pixels: new Uint8Array(length).fill(9), imageSize: size(2, 2, 1) });
  expect([...of(5)]).toEqual([9, 9, 9, 9]);
  expect([...of(3)]).toEqual([9, 9, 9, 0]);
});

it('is the thumbnail of a large image, and nothing where only the prediction was read', () => {
  const thumbnail = new Uint8Array(128 * 128 * 3).fill(7);
  const picture = pictureOf({
    pixels: new Uint8Array(224 * 224 * 3),
    imageSize: size(224, 224, 3),
    decoded: { thumbnail },
  });
  expect(picture).toEqual({ width: 128, height: 128, channels: 3, pixels: thumbnail });
  expect(pictureOf({ pixels: new Uint8Array(0) })).toBeUndefined();
});
