import { mkdtemp, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import {
  readModelFiles,
  resolveModelDir,
  writeImportedModel,
  type ModelFiles,
} from '../../../../src/models/files';
import { writeDetector } from '../../../helpers/detector';
import { dense, flatten, input, onnxBytes, writeJson, writeLayers } from '../../../helpers/own-model';

let folder: string;
let imported: string;
beforeEach(async () => {
  folder = await realpath(await mkdtemp(path.join(tmpdir(), 'stream-infer-import-')));
  imported = path.join(folder, 'models', 'mine', '3');
});
afterEach(() => rm(folder, { recursive: true }));

async function importFrom(source: string): Promise<{ before: ModelFiles; after: ModelFiles }> {
  const before = await readModelFiles(await resolveModelDir(source));
  const { height, width, channels, labels } = before.shape;
  const golden = {
    n: 1,
    pixels: new Uint8Array(height * width * channels).fill(7),
    probabilities: new Float32Array(labels.length).fill(0.5),
    labels: [1],
    runtime: 'test',
  };
  await writeImportedModel(imported, before, { name: 'mine', version: 3, golden, card: '# mine' });
  return { before, after: await readModelFiles(await resolveModelDir('mine', path.join(folder, 'models'))) };
}

/** What a model computes, without the places where it was read. */
const meaningOf = ({ sha256, shape, preprocessing, output, network }: ModelFiles) => ({
  sha256,
  shape,
  preprocessing,
  output,
  network,
});

describe('an imported model', () => {
  it('of quantized layers reads as before, with golden vectors and a complete classifier.json', async () => {
    const from = path.join(folder, 'from.json');
    const weights = [
      {
        name: 'sequential_4/dense/kernel',
        shape: [6, 2],
        quantization: { dtype: 'uint8', min: -1, scale: 0.1 },
      },
    ];
    const layers = [input([2, 1, 3]), flatten, dense(2, 'sigmoid')];
    await writeLayers(folder, { layers, weights, data: new Uint8Array(12).fill(3) }, 'from.json');
    await writeJson(folder, 'classifier.json', {
      labels: ['a', 'b'],
      input: { color: 'bgr', mean: [1, 2, 3], resize: 'crop' },
      output: { top: 1 },
    });
    const { before, after } = await importFrom(from);
    expect(meaningOf(after)).toEqual(meaningOf(before));
    expect(after).toMatchObject({
      name: 'mine',
      version: 3,
      golden: { n: 1 },
      manifest: { schemaVersion: 2, kind: 'layers' },
      output: { independent: true, top: 1 },
    });
    expect(new Set(Object.values(after.origins))).toContain('classifier.json');
  });

  it.each(['yolo', 'nms'] as const)('that finds objects in the form %s reads as before', async (form) => {
    const { before, after } = await importFrom(await writeDetector(path.join(folder, form), form));
    expect(meaningOf(after)).toEqual(meaningOf(before));
  });

  it('of an ONNX file too, and changes of it are found', async () => {
    const bytes = onnxBytes(['Conv'], { type: 1, shape: ['n', 3, 4, 5] }, { type: 1, shape: ['n', 1] });
    await writeFile(path.join(folder, 'm.onnx'), bytes);
    const { before, after } = await importFrom(path.join(folder, 'm.onnx'));
    expect(meaningOf(after)).toEqual(meaningOf(before));
    expect(after.output).toEqual({ activation: 'sigmoid', independent: false });
    await writeJson(imported, 'classifier.json', { labels: ['a', 'b'] });
    await expect(readModelFiles(imported)).rejects.toMatchObject({ code: 'MODEL_CORRUPT' });
  });

  it('never replaces a version', async () => {
    await writeLayers(folder, { layers: [input([4]), dense(2, 'softmax')] });
    await importFrom(folder);
    await expect(importFrom(folder)).rejects.toMatchObject({ code: 'USAGE' });
  });
});
