import { Transformer } from '@napi-rs/image';
import { decodeItem, isRefusal } from '../../src/codec/decode-item';
import type { ImageFormat, InvertMode } from '../../src/core/image';
import { testImages } from '../fixtures/fashion-mnist';
import { exif } from '../fixtures/jpeg';
import { chunk, greyPng, png } from '../fixtures/png';

async function pixelsOf(
  bytes: Uint8Array,
  format: ImageFormat,
  invert: InvertMode = 'auto',
): Promise<Buffer> {
  const outcome = await decodeItem(bytes, format, { invert });
  if (isRefusal(outcome)) throw new Error(`${outcome.code}: ${outcome.message}`);
  expect(outcome.pixels).toHaveLength(784);
  return Buffer.from(outcome.pixels);
}

/** RGBA samples of an image, pixel by pixel. */
function rgba(width: number, height: number, pixel: (x: number, y: number) => readonly number[]): Buffer {
  return Buffer.from(
    Array.from({ length: width * height }, (_, i) => pixel(i % width, Math.floor(i / width))).flat(),
  );
}

const at = (pixels: Buffer, x: number, y: number): number => pixels[y * 28 + x]!;

describe('an image of exactly 28 × 28 grey pixels', () => {
  it('is unchanged, and all 10,000 test images keep their colours', async () => {
    const images = testImages();
    let changed = 0;
    for (let i = 0; i < 10_000; i++) {
      const image = images.subarray(i * 784, (i + 1) * 784);
      if (!(await pixelsOf(greyPng(image), 'png')).equals(image)) changed++;
    }
    expect(changed).toBe(0);
  });

  it('is inverted back when it is a test image in black on white', async () => {
    const images = testImages();
    for (let i = 0; i < 1000; i++) {
      const image = images.subarray(i * 784, (i + 1) * 784);
      const negative = greyPng(image.map((value) => 255 - value));
      expect(Buffer.compare(await pixelsOf(negative, 'png'), image)).toBe(0);
    }
  });

  it('is the same as RGB, RGBA, 16-bit and WebP', async () => {
    const image = testImages().subarray(0, 784);
    const colours = rgba(28, 28, (x, y) => [image[y * 28 + x]!, image[y * 28 + x]!, image[y * 28 + x]!, 255]);
    const wide = Buffer.from([...image].flatMap((value) => [value, value]));
    expect(await pixelsOf(png({ colorType: 6, samples: colours }), 'png')).toEqual(Buffer.from(image));
    expect(await pixelsOf(png({ bitDepth: 16, samples: wide }), 'png')).toEqual(Buffer.from(image));
    expect(await pixelsOf(Transformer.fromRgbaPixels(colours, 28, 28).webpLosslessSync(), 'webp')).toEqual(
      Buffer.from(image),
    );
  });

  it('obeys --invert always and never', async () => {
    const dark = png({ samples: Buffer.alloc(784, 10) });
    const bright = png({ samples: Buffer.alloc(784, 200) });
    expect(at(await pixelsOf(dark, 'png', 'always'), 0, 0)).toBe(245);
    expect(at(await pixelsOf(bright, 'png', 'never'), 0, 0)).toBe(200);
    expect(at(await pixelsOf(bright, 'png', 'auto'), 0, 0)).toBe(55);
  });
});

describe('scaling', () => {
  it('takes the mean of the area under each pixel', async () => {
    const chequered = Buffer.from(Array.from({ length: 56 * 56 }, (_, i) => ((i % 56) % 2 === 0 ? 0 : 200)));
    const pixels = await pixelsOf(png({ width: 56, height: 56, samples: chequered }), 'png');
    expect(new Set(pixels)).toEqual(new Set([100]));
  });

  it('keeps the aspect ratio and fills with black, in the middle', async () => {
    const wide = await pixelsOf(png({ width: 100, height: 50, samples: Buffer.alloc(5000, 100) }), 'png');
    expect([at(wide, 14, 6), at(wide, 14, 7), at(wide, 14, 20), at(wide, 14, 21)]).toEqual([0, 100, 100, 0]);
  });

  it('leaves at least one row of a strip', async () => {
    const strip = await pixelsOf(png({ width: 4000, height: 1, samples: Buffer.alloc(4000, 90) }), 'png');
    expect(strip.filter((value) => value === 90)).toHaveLength(28);
  });

  it('enlarges a single pixel to the whole image', async () => {
    const pixels = await pixelsOf(png({ width: 1, height: 1, samples: Buffer.from([77]) }), 'png');
    expect(new Set(pixels)).toEqual(new Set([77]));
  });

  it('gives the same for an image above one megapixel, which is decoded aside', async () => {
    const pixels = await pixelsOf(
      png({ width: 1400, height: 1400, samples: Buffer.alloc(1400 * 1400, 80) }),
      'png',
    );
    expect(new Set(pixels)).toEqual(new Set([80]));
  });
});

describe('transparency', () => {
  const cutOut = (content: number): Buffer =>
    png({
      colorType: 6,
      samples: rgba(28, 28, (x, y) =>
        x > 8 && x < 20 && y > 8 && y < 20 ? [content, content, content, 255] : [255, 0, 0, 0],
      ),
    });

  it('shows a bright cut-out as it is, on black', async () => {
    const pixels = await pixelsOf(cutOut(220), 'png');
    expect([at(pixels, 0, 0), at(pixels, 14, 14)]).toEqual([0, 220]);
  });

  it('inverts a dark cut-out, on black too', async () => {
    const pixels = await pixelsOf(cutOut(30), 'png');
    expect([at(pixels, 0, 0), at(pixels, 14, 14)]).toEqual([0, 225]);
  });

  it('makes nothing out of nothing', async () => {
    const pixels = await pixelsOf(png({ colorType: 6 }), 'png');
    expect(new Set(pixels)).toEqual(new Set([0]));
  });
});

describe('EXIF orientation', () => {
  /** Bright in the corner that is top left when upright, for each orientation. */
  const CORNER: readonly (readonly [orientation: number, x: number, y: number])[] = [
    [1, 0, 0],
    [2, 27, 0],
    [3, 27, 27],
    [4, 0, 27],
    [5, 0, 0],
    [6, 0, 27],
    [7, 27, 27],
    [8, 27, 0],
  ];

  it.each(CORNER)('%i is turned upright', async (orientation, x, y) => {
    const bright = rgba(28, 28, (px, py) => {
      const value = Math.abs(px - x) < 10 && Math.abs(py - y) < 10 ? 120 : 0;
      return [value, value, value, 255];
    });
    const jpeg = Transformer.fromRgbaPixels(bright, 28, 28).jpegSync(100);
    const turned = Buffer.concat([jpeg.subarray(0, 2), exif(orientation), jpeg.subarray(2)]);
    const pixels = await pixelsOf(turned, 'jpeg');
    expect(at(pixels, 3, 3)).toBeGreaterThan(90);
    for (const [cx, cy] of [
      [24, 3],
      [3, 24],
      [24, 24],
    ] as const)
      expect(at(pixels, cx, cy)).toBeLessThan(30);
  });

  it('is found in PNG and WebP, too', async () => {
    const tiff = exif(3).subarray(10);
    const samples = Buffer.alloc(784);
    for (const i of [0, 1, 28, 29]) samples[i] = 120;
    const turned = await pixelsOf(png({ samples, before: [chunk('eXIf', tiff)] }), 'png');
    expect([at(turned, 27, 27), at(turned, 0, 0)]).toEqual([120, 0]);

    const bright = rgba(28, 28, (x, y) => (x < 10 && y < 10 ? [120, 120, 120, 255] : [0, 0, 0, 255]));
    const webp = Transformer.fromRgbaPixels(bright, 28, 28).webpLosslessSync();
    const size = Buffer.alloc(4);
    size.writeUInt32LE(tiff.length);
    const withExif = Buffer.concat([webp, Buffer.from('EXIF'), size, tiff]);
    withExif.writeUInt32LE(withExif.length - 8, 4);
    const pixels = await pixelsOf(withExif, 'webp');
    expect([at(pixels, 24, 24) > 90, at(pixels, 3, 3)]).toEqual([true, 0]);
  });

  it('is right for a picture that is not square: rows and columns are exchanged', async () => {
    const jpeg = Transformer.fromRgbaPixels(Buffer.alloc(56 * 28 * 4, 100), 56, 28).jpegSync(100);
    const pixels = await pixelsOf(Buffer.concat([jpeg.subarray(0, 2), exif(6), jpeg.subarray(2)]), 'jpeg');
    expect([at(pixels, 14, 0) > 0, at(pixels, 0, 14) > 0]).toEqual([true, false]);
  });
});

describe('the original of a file', () => {
  const originalOf = async (bytes: Buffer, format: ImageFormat): Promise<unknown> => {
    const outcome = await decodeItem(bytes, format, { invert: 'never' });
    return isRefusal(outcome) ? outcome : outcome.original;
  };
  const jpeg = Transformer.fromRgbaPixels(Buffer.alloc(60 * 20 * 4, 100), 60, 20).jpegSync(90);

  it('has its format and its size, upright', async () => {
    const turned = Buffer.concat([jpeg.subarray(0, 2), exif(6), jpeg.subarray(2)]);
    expect(await originalOf(jpeg, 'jpeg')).toEqual({ format: 'jpeg', width: 60, height: 20 });
    expect(await originalOf(turned, 'jpeg')).toEqual({ format: 'jpeg', width: 20, height: 60 });
    const large = png({ width: 1400, height: 1000 });
    expect(await originalOf(large, 'png')).toEqual({ format: 'png', width: 1400, height: 1000 });
  });

  it('is that of the file in an envelope, and absent for raw pixels', async () => {
    const envelope = (image: Buffer): Buffer =>
      Buffer.from(JSON.stringify({ id: 'a', image: image.toString('base64') }));
    expect(await originalOf(envelope(jpeg), 'json')).toEqual({ format: 'jpeg', width: 60, height: 20 });
    expect(await originalOf(envelope(Buffer.alloc(784)), 'json')).toBeUndefined();
    expect(await originalOf(Buffer.alloc(784), 'raw')).toBeUndefined();
  });
});

describe('data that never reaches the decoder', () => {
  it('an ICC profile that would inflate to 256 MB', async () => {
    const bomb = Buffer.concat([Buffer.from('x\0\0'), Buffer.alloc(1 << 18, 1)]);
    const plain = png({ samples: Buffer.alloc(784, 50) });
    const pixels = await pixelsOf(
      png({ samples: Buffer.alloc(784, 50), before: [chunk('iCCP', bomb)] }),
      'png',
    );
    expect(pixels).toEqual(await pixelsOf(plain, 'png'));
  });
});
