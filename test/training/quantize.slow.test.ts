/** @jest-environment ./test/helpers/one-realm-environment.js */
import { cp, mkdtemp, readFile, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { loadSamples } from '../../src/dataset/samples';
import type { ImageSet } from '../../src/dataset/image-set';
import { defaultModelsRoot, readModelFiles, type ModelFiles } from '../../src/models/files';
import { withInt8Section } from '../../src/training/card-sections';
import { quantizeModel } from '../../src/training/quantize';

jest.setTimeout(60_000);

let dir: string;
let files: ModelFiles;
let samples: ImageSet;

beforeEach(async () => {
  dir = await mkdtemp(path.join(os.tmpdir(), 'stream-infer-quantize-'));
  await cp(path.join(defaultModelsRoot(), 'fashion-mnist', '1'), dir, { recursive: true });
  files = await readModelFiles(dir);
  samples = await loadSamples();
});
afterEach(() => rm(dir, { recursive: true }));

describe('quantizeModel', () => {
  it('calibrates, measures and writes the result', async () => {
    const { int8: _, ...without } = files;
    const images = { training: samples, test: samples };
    const { int8, fp32Accuracy } = await quantizeModel({ files: without, ...images, seed: 5 });
    expect(int8).toMatchObject({
      weightsSha256: files.sha256,
      calibration: { images: 256, seed: 5 },
      testImages: 256,
      runtime: expect.stringMatching(/^onnxruntime-node \d/) as string,
    });
    // The last layer stays in float32, so it has no range.
    expect(Object.keys(int8.ranges)).toEqual(['conv2d_Conv2D1', 'conv2d_Conv2D2', 'dense_Dense1']);
    expect(int8.golden).toHaveLength(160);
    expect(int8.agreement).toBeGreaterThan(0.97);
    expect(Math.abs(int8.accuracy! - fp32Accuracy!)).toBeLessThan(0.01);
    expect((await readModelFiles(dir)).int8).toEqual(int8);
    const card = await readFile(path.join(dir, 'MODEL_CARD.md'), 'utf8');
    expect(card.match(/^## In 8-bit integers$/gm)).toHaveLength(1);
    expect(card).toContain('on 256 training images (seed 5)');
  });

  it('rejects a model with int8.json unless forced', async () => {
    const images = { training: samples, test: samples };
    await expect(quantizeModel({ files, ...images })).rejects.toMatchObject({
      code: 'USAGE',
      message: expect.stringContaining('--force') as string,
    });
    await quantizeModel({ files, ...images, force: true });
    expect((await readModelFiles(dir)).int8?.testImages).toBe(256);
  });

  it('writes nothing when too much accuracy is lost', async () => {
    // Black images leave ranges that are far too narrow for clothes.
    const black = { pixels: new Uint8Array(10 * 784), labels: new Uint8Array(10) };
    const promise = quantizeModel({ files, training: black, test: samples, force: true });
    await expect(promise).rejects.toMatchObject({ code: 'INT8_INACCURATE' });
    await expect(promise).rejects.toThrow(/loses more than 0\.30 points, so nothing was written/);
    expect(await readModelFiles(dir)).toEqual(files);
  });
});

describe('withInt8Section', () => {
  const facts = () => files.int8!;

  it('inserts the section before the limits, and replaces an existing one', () => {
    const once = withInt8Section('# m 1\n\n## Use\n\nFine.\n\n## Limits\n\n- Many.\n', facts(), 0.9183);
    expect(once.match(/^#.*$/gm)).toEqual(['# m 1', '## Use', '## In 8-bit integers', '## Limits']);
    expect(once).toContain('\n\n## In 8-bit integers\n');
    expect(once).toContain('|\n\n## Limits\n');
    expect(once).toContain(`| accuracy | 91.83 % | ${(100 * facts().accuracy!).toFixed(2)} % |`);
    expect(withInt8Section(once, facts(), 0.9183)).toBe(once);
  });

  it('appends the section to another card, or creates a card', () => {
    expect(withInt8Section('# m 1\n', facts(), 0.9)).toMatch(/^# m 1\n\n## In 8-bit integers\n[^]*\|\n$/);
    expect(withInt8Section('', facts(), 0.9)).toMatch(/^## In 8-bit integers\n/);
  });
});
