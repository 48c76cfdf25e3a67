import { Transformer } from '@napi-rs/image';
import type { ModelShape } from '../../src/core/model-shape';
import { deriveImages } from '../../src/inference/derive';
import { occlusionMap } from '../../src/inference/occlusion';
import type { ModelRuntime } from '../../src/inference/runtimes/runtime';

describe('the images derived from photos', () => {
  const shape: ModelShape = {
    height: 224,
    width: 300,
    channels: 3,
    resize: 'crop',
    invert: 'never',
    labels: ['dull', 'green'],
  };
  let images = 0;
  /** Green where the pixel in the middle of the left half is. */
  const runtime: Pick<ModelRuntime, 'predict'> = {
    predict: async (pixels, n) => {
      images += n;
      const green = (i: number): number => (pixels[i * 201_600 + (112 * 300 + 75) * 3 + 1] ?? 0) / 255;
      return Float32Array.from({ length: n * 2 }, (_, i) => (i % 2 === 1 ? green(i >> 1) : 0));
    },
  };
  const photo = new Uint8Array(201_600);
  for (let i = 0; i < 224 * 300; i++) if (i % 300 < 150) photo[i * 3 + 1] = 255;

  it('have a map that is highest where the colour decides, at a bounded cost', async () => {
    images = 0;
    const { importance: map, regions } = await occlusionMap({ runtime, shape }, photo, 1, 256);
    expect(regions[3]).toBeGreaterThan(0.5);
    expect(map).toHaveLength(224 * 300);
    expect(map[112 * 300 + 75]).toBeCloseTo(1);
    expect([map[0], map[112 * 300 + 225]]).toEqual([0, 0]);
    expect(images).toBeLessThanOrEqual(14 * 14 + 1);
  });

  it('have the colours and the size of the photo', async () => {
    const { enlarged, occlusion } = await deriveImages({ runtime, shape }, { pixels: photo, label: 1 }, 256);
    for (const file of [enlarged, occlusion])
      expect(await new Transformer(file).metadata()).toMatchObject({ width: 300, height: 224 });
    const rgba = await new Transformer(enlarged).rawPixels();
    const pixel = (x: number): number[] => [...rgba.subarray((112 * 300 + x) * 4, (112 * 300 + x) * 4 + 4)];
    expect([pixel(10), pixel(290)]).toEqual([
      [0, 255, 0, 255],
      [0, 0, 0, 255],
    ]);
  });

  it.each([
    ['a single pixel', 1, 1],
    ['a strip', 3, 500],
    ['a large image', 640, 320],
  ])('exist for %s, too', async (_name, height, width) => {
    const one = { ...shape, height, width };
    const pixels = new Uint8Array(height * width * 3).fill(200);
    const still = { predict: async (_pixels: Uint8Array, n: number) => new Float32Array(n * 2).fill(0.5) };
    const { enlarged } = await deriveImages({ runtime: still, shape: one }, { pixels, label: 0 }, 64);
    const { width: wide, height: high } = await new Transformer(enlarged).metadata();
    expect(Math.max(wide, high)).toBeLessThanOrEqual(448);
  });
});
