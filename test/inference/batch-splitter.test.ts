import { FASHION_MNIST, type ModelShape } from '../../src/core/model-shape';
import { BatchSplitter, imagesPerCall } from '../../src/inference/batch-splitter';

const SHAPE: ModelShape = { ...FASHION_MNIST, height: 1, width: 2 };
const PIXELS = Uint8Array.of(1, 2, 3, 4, 5, 6);

const partsOf = (splitter: BatchSplitter, n: number) =>
  [...splitter.of(PIXELS, n)].map(({ values, ...about }) => ({ ...about, values: [...values] }));

describe('BatchSplitter', () => {
  it('splits a batch without copying', () => {
    const splitter = new BatchSplitter(SHAPE, 2);
    expect(partsOf(splitter, 3)).toEqual([
      { values: [1, 2, 3, 4], from: 0, images: 2, computed: 2 },
      { values: [5, 6], from: 2, images: 1, computed: 1 },
    ]);
    expect([...splitter.of(PIXELS, 3)][0]!.values.buffer).toBe(PIXELS.buffer);
  });

  it('fills up the last part of a fixed batch with black images', () => {
    const splitter = new BatchSplitter(SHAPE, 64, 4);
    splitter.of(Uint8Array.of(9, 9, 9, 9, 9, 9), 3).next();
    expect(partsOf(splitter, 1)).toEqual([
      { values: [1, 2, 0, 0, 0, 0, 0, 0], from: 0, images: 1, computed: 4 },
    ]);
    const numbers = new BatchSplitter<Float32Array>(SHAPE, 64, 2).of(Float32Array.of(0.5, 2), 1);
    expect(numbers.next().value).toMatchObject({ values: Float32Array.of(0.5, 2, 0, 0), computed: 2 });
  });
});

it.each([
  [28, 1, 64],
  [96, 3, 7],
  [224, 3, 1],
  [1024, 3, 1],
] as const)('a call has fewer images of %d pixels and %d channels: %d', (side, channels, images) => {
  expect(imagesPerCall({ ...SHAPE, height: side, width: side, channels }, 64)).toBe(images);
});
