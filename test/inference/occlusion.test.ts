import { FASHION_MNIST } from '../../src/core/model-shape';
import { occlusionMap } from '../../src/inference/occlusion';
import type { ModelRuntime } from '../../src/inference/runtimes/runtime';

/** A model of a single pixel: bright is class 3. */
const ONE_PIXEL = 10 * 28 + 12;
const onePixel: Pick<ModelRuntime, 'predict'> = {
  predict: async (pixels, n) =>
    Float32Array.from({ length: n * 10 }, (_, i) =>
      i % 10 === 3 ? (pixels[Math.floor(i / 10) * 784 + ONE_PIXEL] ?? 0) / 255 : 0,
    ),
};

it('is highest at the decisive pixel and 0 at irrelevant ones', async () => {
  const { importance, ...finding } = await occlusionMap(
    { runtime: onePixel, shape: FASHION_MNIST },
    new Uint8Array(784).fill(255),
    3,
    16,
  );
  expect(importance[ONE_PIXEL]).toBeCloseTo(1);
  expect(importance[0]).toBe(0);
  expect(importance[27 * 28 + 27]).toBe(0);
  expect(Math.max(...importance)).toBeCloseTo(1);
  expect([finding.score, finding.lowest]).toEqual([1, 0]);
  // The pixel is in the centre, near its left and upper edges.
  expect(Math.max(...finding.regions)).toBe(finding.regions[4]);
  expect(finding.regions[8]).toBe(0);
  expect(finding.regions.reduce((sum, share) => sum + share)).toBeCloseTo(1);
});

it('is 0 everywhere if no pixel matters', async () => {
  const model = { runtime: onePixel, shape: FASHION_MNIST };
  const { importance, regions } = await occlusionMap(model, new Uint8Array(784), 3, 64);
  expect(Math.max(...importance)).toBe(0);
  expect(regions).toEqual([0, 0, 0, 0, 0, 0, 0, 0, 0]);
});
