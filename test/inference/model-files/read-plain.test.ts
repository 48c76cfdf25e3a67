import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { readModelFiles, resolveModelDir, shapeOf } from '../../../src/inference/model-files';
import { verifyModel } from '../../../src/inference/verify-model';
import { loadModel } from '../../../src/library';
import { silentLog } from '../../helpers/log';

jest.setTimeout(120_000);

const [HEIGHT, WIDTH] = [2, 3];
let folder: string;

beforeEach(async () => {
  folder = path.join(await mkdtemp(path.join(tmpdir(), 'stream-infer-plain-')));
});
afterEach(() => rm(folder, { recursive: true }));

/** Flatten – Dense; the brightest column is the class. */
async function writeModel(
  options: { channels?: number; activation?: string; units?: number } = {},
): Promise<void> {
  const { channels = 1, activation = 'softmax', units = WIDTH } = options;
  const size = HEIGHT * WIDTH * channels;
  const layer = (class_name: string, config: object): object => ({ class_name, config });
  const layers = [
    layer('Flatten', { name: 'flat', batch_input_shape: [null, HEIGHT, WIDTH, channels], dtype: 'float32' }),
    layer('Dense', { name: 'dense', units, activation, use_bias: true }),
  ];
  const weights = [
    { name: 'dense/kernel', shape: [size, units], dtype: 'float32' },
    { name: 'dense/bias', shape: [units], dtype: 'float32' },
  ];
  const kernel = Float32Array.from({ length: size * units }, (_, i) =>
    Math.floor(i / units / channels) % WIDTH === i % units ? 5 : 0,
  );
  const json = {
    format: 'layers-model',
    modelTopology: { class_name: 'Sequential', config: { name: 'columns', layers } },
    weightsManifest: [{ paths: ['weights.bin'], weights }],
  };
  await writeFile(path.join(folder, 'model.json'), JSON.stringify(json));
  await writeFile(
    path.join(folder, 'weights.bin'),
    Buffer.concat([Buffer.from(kernel.buffer), Buffer.alloc(4 * units)]),
  );
}

const writeLabels = (labels: readonly string[]): Promise<void> =>
  writeFile(path.join(folder, 'labels.json'), JSON.stringify(labels));

describe('a folder that TF.js wrote', () => {
  it('is a model with the input size of its topology and the labels beside it', async () => {
    await writeModel();
    await writeLabels(['left', 'middle', 'right']);
    expect(await resolveModelDir(folder)).toBe(folder);
    const files = await readModelFiles(folder);
    expect(shapeOf(files)).toEqual({ height: 2, width: 3, labels: ['left', 'middle', 'right'] });
    expect(files.sha256).toMatch(/^[0-9a-f]{64}$/);
    expect((await verifyModel(folder)).filter(({ state }) => state === 'problem')).toEqual([]);
  });

  it('classifies raw pixels, JSON and the labels that come with it', async () => {
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

  it('without labels says what to add', async () => {
    await writeModel();
    await expect(readModelFiles(folder)).rejects.toMatchObject({
      code: 'MODEL_MISSING',
      message: expect.stringContaining('add labels.json') as string,
    });
  });

  it('of colour images says that these are not run', async () => {
    await writeModel({ channels: 3 });
    await writeLabels(['left', 'middle', 'right']);
    await expect(readModelFiles(folder)).rejects.toMatchObject({
      code: 'MODEL_UNSUPPORTED',
      message: expect.stringContaining('[null,2,3,3]') as string,
    });
  });

  it('with another number of labels than outputs, or without probabilities, does not serve', async () => {
    await writeModel();
    await writeLabels(['left', 'right']);
    await expect(loadModel(folder, { runtime: 'tfjs-wasm', log: silentLog })).rejects.toMatchObject({
      code: 'MODEL_CORRUPT',
      message: expect.stringContaining('3 values an image, and there are 2 labels') as string,
    });
    await writeModel({ activation: 'relu' });
    await writeLabels(['left', 'middle', 'right']);
    await expect(loadModel(folder, { runtime: 'tfjs-wasm', log: silentLog })).rejects.toMatchObject({
      code: 'MODEL_UNSUPPORTED',
      message: expect.stringContaining('softmax') as string,
    });
  });

  it('of which a weight file is missing names that', async () => {
    await writeModel();
    await writeLabels(['left', 'middle', 'right']);
    await rm(path.join(folder, 'weights.bin'));
    await expect(readModelFiles(folder)).rejects.toMatchObject({
      code: 'MODEL_CORRUPT',
      message: expect.stringContaining('weights.bin is missing') as string,
    });
  });
});
