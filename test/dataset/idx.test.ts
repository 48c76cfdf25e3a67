import { parseIdx, parseImages, parseLabels } from '../../src/dataset/idx';

function idx(dimensions: number[], data: number[], type = 0x08): Uint8Array {
  const bytes = Buffer.alloc(4 + 4 * dimensions.length + data.length);
  bytes.set([0, 0, type, dimensions.length]);
  dimensions.forEach((size, i) => bytes.writeUInt32BE(size, 4 + 4 * i));
  bytes.set(data, 4 + 4 * dimensions.length);
  return bytes;
}

const corrupt = (message: RegExp): Error =>
  expect.objectContaining({
    code: 'DATASET_CORRUPT',
    message: expect.stringMatching(message) as string,
  }) as Error;

describe('parseIdx', () => {
  it('reads dimensions and data', () => {
    const { dimensions, data } = parseIdx(idx([2, 3], [1, 2, 3, 4, 5, 6]), 'f');
    expect(dimensions).toEqual([2, 3]);
    expect([...data]).toEqual([1, 2, 3, 4, 5, 6]);
  });

  it.each([
    ['nothing', new Uint8Array(0), /f is not .* 0 bytes, too few/],
    ['gzip data', Uint8Array.of(0x1f, 0x8b, 8, 0), /starts with 0x1f8b/],
    ['floats', idx([1], [1, 2, 3, 4], 0x0d), /element type is 0x0d/],
    ['no dimensions', idx([], []), /0 dimensions is truncated/],
    ['half a header', idx([2, 3], []).subarray(0, 9), /2 dimensions is truncated/],
    ['too little data', idx([2, 3], [1, 2]), /2 × 3 needs 18 bytes, but it has 14/],
    ['too much data', idx([2], [1, 2, 3]), /2 needs 10 bytes, but it has 11/],
  ])('rejects %s', (_name, bytes, message) => {
    expect(() => parseIdx(bytes, 'f')).toThrow(corrupt(message));
  });
});

describe('parseImages and parseLabels', () => {
  it('accept 28 × 28 images and labels below 10', () => {
    expect(parseImages(idx([2, 28, 28], new Array<number>(1568).fill(7)), 'f')).toHaveLength(1568);
    expect([...parseLabels(idx([3], [0, 9, 4]), 'f')]).toEqual([0, 9, 4]);
  });

  it('reject other shapes and labels', () => {
    expect(() => parseImages(idx([1, 2, 2], [1, 2, 3, 4]), 'f')).toThrow(corrupt(/contains 1 × 2 × 2/));
    expect(() => parseLabels(idx([1, 1], [1]), 'f')).toThrow(corrupt(/2 dimensions; expected 1/));
    expect(() => parseLabels(idx([3], [0, 1, 10]), 'f')).toThrow(corrupt(/label 2 is 10; expected 0–9/));
  });
});
