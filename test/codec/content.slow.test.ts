import { findContent } from '../../src/codec/content';
import { toModelImage } from '../../src/codec/model-image';
import type { Raster } from '../../src/codec/raster';
import { FASHION_MNIST, type ModelShape } from '../../src/core/model-shape';
import { testImages } from '../fixtures/fashion-mnist';

type Colour = readonly number[];

function picture(width: number, height: number, colour: (x: number, y: number) => Colour): Raster {
  const channels = colour(0, 0).length as Raster['channels'];
  const samples = new Uint8Array(width * height * channels);
  for (let i = 0; i < width * height; i++)
    samples.set(colour(i % width, Math.floor(i / width)), i * channels);
  return { width, height, channels, samples };
}

/** The same in every run: -1 to 1. */
function grain(x: number, y: number): number {
  return (((x * 7919 + y * 104_729 + x * y * 31) % 201) - 100) / 100;
}

const inside = (x: number, y: number): boolean => x >= 200 && x < 300 && y >= 60 && y < 180;
const RED: Colour = [200, 30, 30];

describe('the object', () => {
  it.each([
    ['white', () => [255, 255, 255]],
    ['black', () => [0, 0, 0]],
    ['a colour of the same brightness', () => [20, 90, 150]],
    ['noisy', (x: number, y: number) => [180 + 12 * grain(x, y), 180 + 12 * grain(y, x), 180]],
    ['unevenly lit', (x: number, y: number) => [130 + x / 4, 140 + y / 4, 150]],
  ] as [string, (x: number, y: number) => Colour][])('is found on a background that is %s', (_, back) => {
    const found = findContent(picture(400, 240, (x, y) => (inside(x, y) ? RED : back(x, y))))?.region;
    for (const [side, expected] of Object.entries({ left: 200, top: 60, width: 100, height: 120 }))
      expect(Math.abs(found![side as keyof typeof found] - expected)).toBeLessThan(7);
  });

  it('is found where it is cut out, and where it touches the border', () => {
    const cutOut = picture(100, 60, (x, y) => [0, 0, 0, x >= 20 && x < 60 && y >= 10 && y < 50 ? 255 : 0]);
    expect(findContent(cutOut)?.region).toEqual({ left: 20, top: 10, width: 40, height: 40 });
    const touching = picture(100, 60, (x, y) => (x < 40 && y >= 20 ? [9] : [240]));
    expect(findContent(touching)?.region).toEqual({ left: 0, top: 20, width: 40, height: 40 });
  });

  it('has all its parts, and no dust', () => {
    const parts = picture(120, 80, (x, y) =>
      (x >= 20 && x < 40 && y >= 20 && y < 60) ||
      (x >= 80 && x < 100 && y >= 20 && y < 60) ||
      (x === 5 && y === 5)
        ? [0]
        : [255],
    );
    expect(findContent(parts)?.region).toEqual({ left: 20, top: 20, width: 80, height: 40 });
  });

  it.each([
    ['nothing', () => [200]],
    ['no plain border', (x: number, y: number) => [(x * 37 + y * 91) % 256]],
    ['noise alone', (x: number, y: number) => [128 + 20 * grain(x, y)]],
  ] as [string, (x: number, y: number) => Colour][])('is not found where there is %s', (_, colour) => {
    expect(findContent(picture(120, 90, colour))).toBeUndefined();
  });

  it('is looked for in any size of picture', () => {
    for (const [width, height] of [
      [1, 1],
      [1, 400],
      [2000, 2],
      [3, 3],
    ] as const)
      expect(() => findContent(picture(width, height, (x) => [x % 256]))).not.toThrow();
  });
});

describe('resizing by content', () => {
  const shape: ModelShape = { ...FASHION_MNIST, resize: 'content' };
  const garment = testImages().subarray(0, 784);

  it.each([
    ['black', (value: number) => [value]],
    ['white', (value: number) => [255 - value]],
    ['beige', (value: number) => [235, 220, 200].map((colour) => Math.round((colour * (255 - value)) / 255))],
  ])('gives the garment its own size on %s', (_, colour) => {
    const framed = picture(100, 56, (x, y) => {
      const own = x >= 50 && x < 78 && y >= 20 && y < 48;
      return colour(own ? garment[(y - 20) * 28 + x - 50]! : 0);
    });
    const pixels = toModelImage(framed, 1, 'auto', shape);
    const off = (image: Uint8Array): number =>
      image.reduce((sum, value, i) => sum + Math.abs(value - garment[i]!), 0) / 784;
    expect(off(pixels)).toBeLessThan(20);
    expect(off(toModelImage(framed, 1, 'auto', FASHION_MNIST))).toBeGreaterThan(30);
  });

  it('leaves an image of the model as it is', () => {
    const image: Raster = { width: 28, height: 28, channels: 1, samples: Uint8Array.from(garment) };
    expect(Buffer.from(toModelImage(image, 1, 'auto', shape))).toEqual(Buffer.from(garment));
  });

  it('is fit where the border is not plain', () => {
    const busy = picture(90, 60, (x, y) => [(x * 37 + y * 91) % 256]);
    expect(toModelImage(busy, 1, 'auto', shape)).toEqual(toModelImage(busy, 1, 'auto', FASHION_MNIST));
  });

  it('keeps the colours of the object for a model of colours', () => {
    const colours: ModelShape = { ...shape, channels: 3, invert: 'never' };
    const image = picture(200, 100, (x, y) =>
      x >= 20 && x < 60 && y >= 30 && y < 70 ? RED : [250, 250, 250],
    );
    expect([...toModelImage(image, 1, 'never', colours).subarray(14 * 84 + 42, 14 * 84 + 45)]).toEqual(RED);
  });

  it('keeps a dark cut-out bright on black', () => {
    const cutOut = picture(100, 60, (x, y) => [10, 10, 10, x >= 20 && x < 60 && y >= 10 && y < 50 ? 255 : 0]);
    const pixels = toModelImage(cutOut, 1, 'auto', shape);
    expect(pixels[14 * 28 + 14]).toBe(245);
  });
});
