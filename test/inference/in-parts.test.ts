import { inParts } from '../../src/inference/in-parts';

/** Scores of an image: its first pixel and its second one. */
function recording(): {
  sizes: number[];
  predict: (pixels: Uint8Array, n: number) => Promise<Float32Array<ArrayBuffer>>;
} {
  const sizes: number[] = [];
  return {
    sizes,
    predict: async (pixels, n) => {
      sizes.push(n);
      expect(pixels).toHaveLength(n * 4);
      return Float32Array.from({ length: n * 2 }, (_, i) => pixels[(i >> 1) * 4 + (i & 1)]!);
    },
  };
}

const pixels = Uint8Array.from({ length: 40 }, (_, i) => i);
const scores = [0, 1, 4, 5, 8, 9, 12, 13, 16, 17, 20, 21, 24, 25, 28, 29, 32, 33, 36, 37];

it.each([
  ['one call', 1000, [10]],
  ['calls of three images', 12, [3, 3, 3, 1]],
  ['a call for each image', 1, [1, 1, 1, 1, 1, 1, 1, 1, 1, 1]],
])('a batch has the same scores in %s', async (_name, bytes, sizes) => {
  const runtime = recording();
  expect([...(await inParts(runtime, 4, bytes).predict(pixels, 10))]).toEqual(scores);
  expect(runtime.sizes).toEqual(sizes);
});

it('batches of small images are one call', async () => {
  let calls = 0;
  const predict = async (_: Uint8Array, n: number) => new Float32Array(n + calls++);
  await inParts({ predict }, 784).predict(new Uint8Array(4096 * 784), 4096);
  expect(calls).toBe(1);
});
