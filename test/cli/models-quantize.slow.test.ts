/** @jest-environment ./test/helpers/one-realm-environment.js */
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { importModel } from '../../src/cli/actions/models-import';
import { quantize } from '../../src/cli/actions/models-quantize';
import { loadChecked } from '../../src/inference/golden';
import { createRuntime } from '../../src/inference/runtimes/index';
import { verifyModel } from '../../src/inference/verify-model';
import { readModelFiles } from '../../src/models/files';
import { colorPixels, writeColorModel, writeColorPictures } from '../helpers/color-classifier';
import { onnxBytes } from '../helpers/own-model';
import { writeFile } from 'node:fs/promises';

jest.setTimeout(60_000);

const IMAGES = 60;
let root: string;
let dir: string;
let output: string;

beforeAll(async () => {
  root = await mkdtemp(path.join(tmpdir(), 'stream-infer-int8-'));
  await writeColorModel(path.join(root, 'colors'));
  await writeColorPictures(path.join(root, 'photos'), IMAGES);
  await writeColorPictures(path.join(root, 'mixed'), IMAGES, false);
});
afterAll(() => rm(root, { recursive: true }));
beforeEach(async () => {
  output = '';
  jest.spyOn(process.stdout, 'write').mockImplementation((text) => {
    output += String(text);
    return true;
  });
  jest.spyOn(process.stderr, 'write').mockReturnValue(true);
  await importModel(path.join(root, 'colors'), { name: 'colors', to: path.join(root, 'models'), json: true });
  ({ dir } = JSON.parse(output) as { dir: string });
  output = '';
});
afterEach(() => jest.restoreAllMocks());

describe('models quantize --images', () => {
  it('makes an imported colour model for int8 and measures it', async () => {
    await quantize(dir, { images: [path.join(root, 'photos')], seed: 1 });
    expect(output).toMatch(/100\.00 % of 30 images are right in 8-bit integers \(fp32: 100\.00 %\)/);
    const files = await readModelFiles(dir);
    expect(files.int8).toMatchObject({
      calibration: { images: 30, seed: 1 },
      source: 'photos',
      testImages: 30,
      accuracy: 1,
      agreement: 1,
    });
    expect(await readFile(path.join(dir, 'MODEL_CARD.md'), 'utf8')).toContain('on 30 images of photos');
    const runtime = await loadChecked(createRuntime('onnx', 'int8'), files);
    const scores = await runtime.predict(colorPixels(1), 1);
    await runtime.dispose();
    expect(scores[1]).toBeGreaterThan(0.5);
    expect(await verifyModel(dir)).toContainEqual(
      expect.objectContaining({ name: 'onnx int8', state: 'ok' }),
    );
  });

  it('compares the classes where the true ones are unknown', async () => {
    await quantize(dir, { images: [path.join(root, 'mixed')], seed: 1, json: true });
    expect(JSON.parse(output)).toMatchObject({ fp32Accuracy: null, int8: { agreement: 1 } });
    const { int8 } = await readModelFiles(dir);
    expect(int8).not.toHaveProperty('accuracy');
    await expect(quantize(dir, { images: [path.join(root, 'mixed')], seed: 1 })).rejects.toThrow('--force');
  });

  it('says what a model needs first', async () => {
    await expect(quantize(dir, { seed: 1 })).rejects.toThrow(/--images <folder>/);
    await expect(
      quantize(dir, { images: [path.join(root, 'photos', 'red', '0.png')], seed: 1 }),
    ).rejects.toThrow(/1 images are too few.*at least 10/);
    const unimported = path.join(root, 'colors');
    await expect(quantize(unimported, { images: ['.'], seed: 1 })).rejects.toThrow(/models import .*colors/);
  });

  it('refuses an ONNX file with the remedy', async () => {
    const file = path.join(root, 'model.onnx');
    const bytes = onnxBytes(['Softmax'], { type: 1, shape: [1, 3] }, { type: 1, shape: [1, 3] });
    await writeFile(file, bytes);
    await writeFile(
      path.join(root, 'classifier.json'),
      JSON.stringify({ labels: ['a', 'b', 'c'], input: { width: 3, height: 1, color: 'grey' } }),
    );
    await expect(quantize(file, { images: [root], seed: 1 })).rejects.toMatchObject({
      code: 'MODEL_UNSUPPORTED',
      message: expect.stringContaining('quantize_static') as string,
    });
  });
});
