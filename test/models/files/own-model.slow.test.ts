import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { readModelFiles, resolveModelDir } from '../../../src/models/files';
import { verifyModel } from '../../../src/inference/verify-model';
import { loadModel } from '../../../src/library';
import { silentLog } from '../../helpers/log';
import { writePlainModel, type PlainModelOptions } from '../../helpers/plain-model';

jest.setTimeout(120_000);

let folder: string;

beforeEach(async () => {
  folder = path.join(await mkdtemp(path.join(tmpdir(), 'stream-infer-plain-')));
});
afterEach(() => rm(folder, { recursive: true }));

const writeModel = (options: PlainModelOptions = {}): Promise<void> => writePlainModel(folder, options);
const writeLabels = (labels: readonly string[]): Promise<void> =>
  writeFile(path.join(folder, 'labels.json'), JSON.stringify(labels));

describe('a folder written by TF.js', () => {
  it('is a model with the input size of its topology and the labels in the folder', async () => {
    await writeModel();
    await writeLabels(['left', 'middle', 'right']);
    expect(await resolveModelDir(folder)).toBe(folder);
    const files = await readModelFiles(folder);
    expect(files.shape).toMatchObject({
      height: 2,
      width: 3,
      channels: 1,
      labels: ['left', 'middle', 'right'],
    });
    expect(files.sha256).toMatch(/^[0-9a-f]{64}$/);
    expect((await verifyModel(folder)).filter(({ state }) => state === 'problem')).toEqual([]);
  });

  it('classifies raw pixels, and JSON with or without a label', async () => {
    await writeModel();
    await writeFile(path.join(folder, 'labels.txt'), 'left\r\nmiddle\nright\n');
    const model = await loadModel(folder, { runtime: 'tfjs-wasm', log: silentLog });
    try {
      expect(model.labels).toEqual(['left', 'middle', 'right']);
      const rows = [
        [0, 255, 0],
        [0, 255, 0],
      ];
      const results = await model.classifyAll([
        Buffer.from([255, 0, 0, 255, 0, 0]),
        Buffer.from(JSON.stringify({ image: rows })),
        Buffer.from(JSON.stringify({ image: rows, label: 'bottom' })),
        Buffer.alloc(784),
      ]);
      expect(results.map((one) => ('className' in one ? one.className : one.code))).toEqual([
        'left',
        'middle',
        'BAD_ENVELOPE',
        'NOT_AN_IMAGE',
      ]);
      expect(results[0]).toMatchObject({ label: 0, probabilities: { length: 3 } });
    } finally {
      await model.close();
    }
  });

  it('is rejected if labels and outputs differ in number, or the outputs are not probabilities', async () => {
    await writeModel();
    await writeLabels(['left', 'right']);
    await expect(loadModel(folder, { runtime: 'tfjs-wasm', log: silentLog })).rejects.toMatchObject({
      code: 'MODEL_CORRUPT',
      message: expect.stringContaining('3 outputs per image, but there are 2 labels (labels.json)') as string,
    });
    await writeModel({ activation: 'relu' });
    await writeLabels(['left', 'middle', 'right']);
    await expect(loadModel(folder, { runtime: 'tfjs-wasm', log: silentLog })).rejects.toMatchObject({
      code: 'MODEL_UNSUPPORTED',
      message: expect.stringContaining('softmax') as string,
    });
  });

  it('is rejected if a weight file is missing, with its name', async () => {
    await writeModel();
    await writeLabels(['left', 'middle', 'right']);
    await rm(path.join(folder, 'weights.bin'));
    await expect(readModelFiles(folder)).rejects.toMatchObject({
      code: 'MODEL_CORRUPT',
      message: expect.stringContaining('weights.bin is missing') as string,
    });
  });
});
