import { FASHION_MNIST, type ModelShape } from '../../src/core/model-shape';
import { FloatPixels } from '../../src/inference/float-pixels';
import type { Preprocessing } from '../../src/models/files/model';

const COLOR: ModelShape = { ...FASHION_MNIST, height: 1, width: 2, channels: 3 };
/** Two images of two pixels: red, green, blue, red, … */
const PIXELS = Uint8Array.of(10, 20, 30, 40, 50, 60, 70, 80, 90, 100, 110, 120);
const plain: Preprocessing = { scale: 1, offset: 0, mean: [0, 0, 0], std: [1, 1, 1], order: 'rgb' };

describe('FloatPixels', () => {
  it('scales grey pixels as a product in float64 rounded to float32', () => {
    const shape: ModelShape = { ...FASHION_MNIST, height: 1, width: 3 };
    const grey: Preprocessing = { scale: 1 / 255, offset: 0, mean: [0], std: [1], order: 'grey' };
    expect(new FloatPixels(shape, grey).from(Uint8Array.of(0, 7, 255), 1)).toEqual(
      Float32Array.of(0, 7 * (1 / 255), 1),
    );
  });

  it('applies scale, offset, mean and std of each channel', () => {
    const pixels = new FloatPixels(COLOR, {
      ...plain,
      scale: 0.1,
      offset: 1,
      mean: [2, 3, 4],
      std: [1, 2, 4],
    });
    expect(pixels.from(PIXELS.subarray(0, 6), 1)).toEqual(Float32Array.of(0, 0, 0, 3, 1.5, 0.75));
  });

  it('has blue first for bgr, with mean in the order of the network', () => {
    const pixels = new FloatPixels(COLOR, { ...plain, order: 'bgr', mean: [1, 2, 3] });
    expect(Array.from(pixels.from(PIXELS, 2))).toEqual([29, 18, 7, 59, 48, 37, 89, 78, 67, 119, 108, 97]);
  });

  it('has one plane for each channel for nchw', () => {
    const pixels = new FloatPixels(COLOR, plain, 'nchw');
    expect(Array.from(pixels.from(PIXELS, 2))).toEqual([10, 40, 20, 50, 30, 60, 70, 100, 80, 110, 90, 120]);
  });
});
