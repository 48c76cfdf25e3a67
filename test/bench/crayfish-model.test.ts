import { PROFILES } from '../../src/bench/profiles';
import { decodeItem, isRefusal } from '../../src/codec/decode-item';
import { FASHION_MNIST } from '../../src/core/model-shape';
import { IMAGE_PIXELS } from '../../src/core/image';
import { readModelFiles } from '../../src/models/files';
import { topologyOf } from '../../src/inference/onnx/topology';
import { layersIn } from '../../src/models/files';

describe('the Crayfish profile', () => {
  const folder = PROFILES.crayfish.model as string;

  it('has a network of 784–32–32–32–32–10 with 28,618 parameters, in a complete model folder', async () => {
    const files = await readModelFiles(folder);
    expect(topologyOf(files).calls.map(({ layer }) => layer.className)).toEqual([
      'InputLayer',
      'Flatten',
      'Dense',
      'Dense',
      'Dense',
      'Dense',
      'Dense',
    ]);
    expect(layersIn(files).weightSpecs.map(({ shape }) => shape.join('×'))).toEqual([
      '784×32',
      '32',
      '32×32',
      '32',
      '32×32',
      '32',
      '32×32',
      '32',
      '32×10',
      '10',
    ]);
    expect(layersIn(files).weightData.byteLength / 4).toBe(28_618);
  });

  it('has golden vectors that are distinct probabilities', async () => {
    const { golden } = await readModelFiles(folder);
    for (let n = 0; n < golden.n; n++) {
      const row = golden.probabilities.subarray(n * 10, (n + 1) * 10);
      expect(row.reduce((sum, value) => sum + value, 0)).toBeCloseTo(1, 5);
    }
    expect(new Set(golden.probabilities).size).toBeGreaterThan(10);
  });

  it('encodes an image as a JSON event that the program decodes to the same pixels', async () => {
    const pixels = Buffer.from(Array.from({ length: IMAGE_PIXELS }, (_, i) => (i * 7) % 256));
    const value = PROFILES.crayfish.encode(pixels, FASHION_MNIST);
    const decoded = await decodeItem(value, PROFILES.crayfish.format, { invert: 'auto' });
    if (isRefusal(decoded)) throw new Error(decoded.message);
    expect(Buffer.from(decoded.pixels).equals(pixels)).toBe(true);
  });
});
