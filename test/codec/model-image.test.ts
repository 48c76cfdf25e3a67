import { toModelImage } from '../../src/codec/model-image';
import type { Raster } from '../../src/codec/raster';
import { FASHION_MNIST, type ModelShape } from '../../src/core/model-shape';

/** A picture from the colours of its pixels. */
function picture(
  width: number,
  height: number,
  colour: (x: number, y: number) => readonly number[],
  { wide = false } = {},
): Raster {
  const samples = Array.from({ length: width * height }, (_, i) => colour(i % width, Math.floor(i / width)));
  const channels = (samples[0] ?? []).length as Raster['channels'];
  return { width, height, channels, samples: (wide ? Uint16Array : Uint8Array).from(samples.flat()) };
}

const RGB: ModelShape = {
  height: 4,
  width: 4,
  channels: 3,
  resize: 'stretch',
  invert: 'never',
  labels: ['a', 'b'],
};

/** Colours of a row of the model's image. */
function row(raster: Raster, shape: ModelShape, y: number, orientation = 1): number[][] {
  const { width, channels } = shape;
  const pixels = toModelImage(raster, orientation, shape.invert, shape);
  expect(pixels).toHaveLength(shape.height * width * channels);
  return Array.from({ length: width }, (_, x) => [
    ...pixels.subarray((y * width + x) * channels, (y * width + x + 1) * channels),
  ]);
}

const RED = [255, 0, 0];
const BLUE = [0, 0, 255];
const BLACK = [0, 0, 0];

describe('an image for a model of colours', () => {
  it('is unchanged at its own size', () => {
    const image = picture(4, 4, (x, y) => [x * 60, y * 60, 9]);
    expect(Buffer.from(toModelImage(image, 1, 'never', RGB))).toEqual(Buffer.from(image.samples));
  });

  it.each([
    ['grey', picture(4, 4, (x) => [x * 60]), [0, 0, 0], [180, 180, 180]],
    ['16-bit', picture(4, 4, (x) => [x * 60 * 257, 257, 0], { wide: true }), [0, 1, 0], [180, 1, 0]],
    ['transparent, on black', picture(4, 4, (x) => [240, 120, 0, x * 85]), [0, 0, 0], [240, 120, 0]],
    ['16-bit, transparent', picture(4, 4, (x) => [65_535, 0, 0, x * 21_845], { wide: true }), BLACK, RED],
    ['grey, transparent', picture(4, 4, (x) => [255, x * 85]), [0, 0, 0], [255, 255, 255]],
  ])('is made of a picture that is %s', (_name, image, first, last) => {
    const colours = row(image, RGB, 2);
    expect([colours[0], colours[3]]).toEqual([first, last]);
  });

  it('is inverted on request, in each colour', () => {
    expect(
      row(
        picture(4, 4, () => [10, 20, 250]),
        { ...RGB, invert: 'always' },
        0,
      )[0],
    ).toEqual([245, 235, 5]);
    expect(
      row(
        picture(4, 4, () => [250, 240, 250]),
        { ...RGB, invert: 'auto' },
        0,
      )[0],
    ).toEqual([5, 15, 5]);
    expect(
      row(
        picture(4, 4, () => [0, 0, 250]),
        { ...RGB, invert: 'auto' },
        0,
      )[0],
    ).toEqual([0, 0, 250]);
  });

  it.each([
    ['stretch', [RED, BLUE, BLUE, RED]],
    ['crop', [BLUE, BLUE, BLUE, BLUE]],
  ] as const)('is resized by %s', (resize, expected) => {
    // The blue middle is as wide as high.
    const wide = picture(64, 32, (x) => (x < 16 || x >= 48 ? RED : BLUE));
    const colours = row(wide, { ...RGB, resize }, 1);
    for (const [x, colour] of expected.entries())
      for (const [i, value] of colour.entries()) expect(Math.abs(colours[x]![i]! - value)).toBeLessThan(40);
  });

  it('is resized by fit with black bars', () => {
    const wide = picture(64, 32, () => RED);
    expect([0, 1, 2, 3].map((y) => row(wide, { ...RGB, resize: 'fit' }, y)[0])).toEqual([
      BLACK,
      RED,
      RED,
      BLACK,
    ]);
  });

  it('is turned as EXIF says before its middle is cut out', () => {
    // Stored lying on its side: upright, red is on the left and blue on the right.
    const lying = picture(80, 40, (_x, y) => (y < 20 ? BLUE : RED));
    const mirrored = picture(40, 80, (x) => (x < 20 ? BLUE : RED));
    const shape: ModelShape = { ...RGB, height: 8, resize: 'crop' };
    for (const [image, orientation] of [[lying, 6] as const, [mirrored, 2] as const]) {
      const colours = row(image, shape, 0, orientation);
      expect([colours[0], colours[3]]).toEqual([RED, BLUE]);
    }
  });

  it('is smooth when a small picture is enlarged', () => {
    const values = row(
      picture(2, 1, (x) => (x === 0 ? BLACK : RED)),
      { ...RGB, width: 8 },
      0,
    ).map(([red]) => red!);
    expect(values).toEqual([...values].sort((a, b) => a - b));
    expect(new Set(values).size).toBeGreaterThan(4);
  });

  it('is the mean of fine detail when a large picture is shrunk', () => {
    const stripes = picture(400, 400, (x, y) => ((x + y) % 2 === 0 ? [255, 255, 255] : BLACK));
    for (const [red] of row(stripes, RGB, 2)) expect(Math.abs(red! - 127)).toBeLessThan(3);
  });
});

describe('scaling as Pillow does it', () => {
  const wild = picture(9, 7, (x, y) => [
    (x * x * 37 + y * 11) % 256,
    (x * 53 + y * y * 29) % 256,
    (x * y * 17) % 256,
  ]);

  // From Image.resize and Image.crop of Pillow 12, which rounds between the two directions.
  it.each<[string, Partial<ModelShape>, number, readonly (readonly number[])[]]>([
    [
      'smaller',
      { filter: 'bilinear' },
      1,
      [
        [68, 112, 29],
        [119, 128, 101],
        [123, 114, 157],
        [66, 142, 133],
      ],
    ],
    [
      'smaller',
      { filter: 'bicubic' },
      1,
      [
        [65, 112, 24],
        [125, 133, 105],
        [123, 113, 171],
        [64, 146, 135],
      ],
    ],
    [
      'larger',
      { filter: 'bicubic', width: 12, height: 10 },
      1,
      [
        [4, 8, 0],
        [20, 39, 4],
        [86, 82, 11],
        [152, 124, 17],
      ],
    ],
    [
      'cut out of its shorter side',
      { resize: 'crop', cropFrom: 6, filter: 'bilinear' },
      1,
      [
        [114, 144, 60],
        [130, 116, 109],
        [118, 118, 166],
        [146, 95, 181],
      ],
    ],
    [
      'cut out of its shorter side',
      { resize: 'crop', cropFrom: 6, filter: 'bicubic' },
      1,
      [
        [117, 162, 58],
        [132, 111, 111],
        [116, 107, 184],
        [153, 90, 194],
      ],
    ],
    [
      'cut out of a square',
      { cropFrom: 6 },
      0,
      [
        [117, 141, 39],
        [100, 156, 72],
        [134, 112, 106],
        [67, 130, 139],
      ],
    ],
    [
      'cut out of a square',
      { cropFrom: 6, filter: 'bicubic' },
      0,
      [
        [123, 145, 36],
        [97, 163, 69],
        [142, 110, 99],
        [62, 131, 148],
      ],
    ],
  ])('%s: %j', (_name, changed, y, expected) => {
    const colours = row(wild, { ...RGB, ...changed }, y);
    for (const [x, colour] of expected.entries())
      for (const [i, value] of colour.entries())
        expect(Math.abs(colours[x]![i]! - value)).toBeLessThanOrEqual(1);
  });

  it("cuts the centre out of a picture of the model's size, too", () => {
    const own = picture(4, 4, (x, y) => [
      (x * x * 37 + y * 11) % 256,
      (x * 53 + y * y * 29) % 256,
      (x * y * 17) % 256,
    ]);
    const colours = row(own, { ...RGB, resize: 'crop', cropFrom: 6, filter: 'bicubic' }, 1);
    const expected = [24, 64, 8, 66, 105, 23, 152, 141, 36, 130, 162, 51];
    for (const [i, value] of colours.flat().entries())
      expect(Math.abs(value - expected[i]!)).toBeLessThanOrEqual(1);
  });
});

describe('an image for a grey model of another size', () => {
  const grey: ModelShape = { ...FASHION_MNIST, height: 9, width: 17, invert: 'never' };

  it.each(['stretch', 'crop', 'fit'] as const)('has that size with %s', (resize) => {
    const values = row(
      picture(50, 50, () => [200, 200, 200]),
      { ...grey, resize },
      4,
    ).flat();
    expect(values[8]).toBe(200);
    expect(values[0]).toBe(resize === 'fit' ? 0 : 200);
  });
});

it('any size and part of it stays inside the picture', () => {
  for (const resize of ['stretch', 'crop', 'fit'] as const) {
    for (let i = 1; i < 60; i++) {
      const image = picture(i, 61 - i, () => [90, 90, 90]);
      const pixels = toModelImage(image, (i % 8) + 1, 'never', { ...RGB, width: 7, height: 5, resize });
      expect([...pixels].filter((value) => value !== 0 && value !== 90)).toEqual([]);
      if (resize !== 'fit') expect(pixels).not.toContain(0);
    }
  }
});
