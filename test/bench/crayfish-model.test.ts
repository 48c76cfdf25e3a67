import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { writeCrayfishModel } from '../../src/bench/crayfish-model';
import { PROFILES } from '../../src/bench/profiles';
import { decodeItem, isRefusal } from '../../src/codec/decode-item';
import { IMAGE_PIXELS } from '../../src/core/image';
import { readModelFiles } from '../../src/models/files';
import { layersOf } from '../../src/inference/onnx/topology';

describe("Crayfish's profile", () => {
  let folder: string;
  beforeAll(() => (folder = mkdtempSync(join(tmpdir(), 'stream-infer-crayfish-'))));
  afterAll(() => rmSync(folder, { recursive: true }));

  it('has a net of 784–32–32–32–32–10 with 28,618 parameters, as a whole model folder', async () => {
    const files = await readModelFiles(await writeCrayfishModel(folder));
    expect(layersOf(files).map(({ className }) => className)).toEqual([
      'Flatten',
      'Dense',
      'Dense',
      'Dense',
      'Dense',
      'Dense',
    ]);
    expect(files.weightSpecs.map(({ shape }) => shape.join('×'))).toEqual([
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
    expect(files.weightData.byteLength / 4).toBe(28_618);
  });

  it('is the same net each time', async () => {
    const other = mkdtempSync(join(folder, 'again-'));
    const [first, second] = await Promise.all(
      [join(folder, 'crayfish-ffnn'), await writeCrayfishModel(other)].map(readModelFiles),
    );
    expect(second?.sha256).toBe(first?.sha256);
  });

  it('has golden vectors that are probabilities and not all alike', async () => {
    const { golden } = await readModelFiles(join(folder, 'crayfish-ffnn'));
    for (let n = 0; n < golden.n; n++) {
      const row = golden.probabilities.subarray(n * 10, (n + 1) * 10);
      expect(row.reduce((sum, value) => sum + value, 0)).toBeCloseTo(1, 5);
    }
    expect(new Set(golden.probabilities).size).toBeGreaterThan(10);
  });

  it('puts an image into a JSON event that the program reads back', async () => {
    const pixels = Buffer.from(Array.from({ length: IMAGE_PIXELS }, (_, i) => (i * 7) % 256));
    const value = PROFILES.crayfish.encode(pixels);
    const decoded = await decodeItem(value, PROFILES.crayfish.format, { invert: 'auto' });
    if (isRefusal(decoded)) throw new Error(decoded.message);
    expect(Buffer.from(decoded.pixels).equals(pixels)).toBe(true);
  });
});
