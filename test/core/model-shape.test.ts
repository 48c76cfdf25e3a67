import { FASHION_MNIST, withResize, type ModelShape } from '../../src/core/model-shape';

describe("another way to resize than the model's own", () => {
  const shape: ModelShape = { ...FASHION_MNIST, resize: 'crop', cropFrom: 32, filter: 'bicubic' };

  it('shows as much of a picture as it says', () => {
    expect(withResize(shape, 'stretch')).toEqual({ ...FASHION_MNIST, resize: 'stretch', filter: 'bicubic' });
  });

  it.each([undefined, 'crop'] as const)('is not: %s', (resize) => {
    expect(withResize(shape, resize)).toBe(shape);
  });
});
