import { StreamInferError } from '../../src';
import { loadModel, type LoadedModel } from '../../src/library';
import { loadSamples } from '../../src/dataset/samples';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { drawn, SIDE, writeDetector } from '../helpers/detector';
import { silentLog } from '../helpers/log';

jest.setTimeout(120_000);

let model: LoadedModel;
beforeAll(async () => {
  model = await loadModel('fashion-mnist@1', { runtime: 'tfjs-wasm', maxBatch: 16, log: silentLog });
}, 120_000);
afterAll(() => model.close());

describe('a model in this process', () => {
  it('says what it is', () => {
    expect(model.identity).toMatchObject({ name: 'fashion-mnist', version: 1, runtime: 'tfjs-wasm' });
    expect(model.labels).toHaveLength(10);
  });

  it('classifies images, many at once in their order, and names what is none in its place', async () => {
    const { pixels, labels } = await loadSamples();
    const images: Buffer[] = Array.from({ length: 40 }, (_, i) =>
      Buffer.from(pixels.subarray(i * 784, (i + 1) * 784)),
    );
    images[20] = Buffer.from('no image');
    const results = await model.classifyAll(images);
    expect(results).toHaveLength(40);
    expect(results[20]).toMatchObject({ code: 'NOT_AN_IMAGE' });
    const right = results.filter((one, i) => !(one instanceof StreamInferError) && one.label === labels[i]);
    expect(right.length).toBeGreaterThan(30);
    const first = await model.classify(images[0] as Buffer);
    expect(first).toEqual(results[0]);
    await expect(model.classify(images[20])).rejects.toMatchObject({ code: 'NOT_AN_IMAGE' });
  });

  it('is given bytes, and says so of anything else', async () => {
    await expect(model.classify('shirt.png' as never)).rejects.toMatchObject({
      code: 'USAGE',
      message: 'an image must be bytes (Uint8Array), not string',
    });
  });

  it('names every option that is wrong', async () => {
    const wrong = { worker: 2, runtime: 'cuda', maxBatch: 0 } as never;
    await expect(loadModel('lenet', wrong)).rejects.toMatchObject({
      code: 'CONFIG_INVALID',
      message: expect.stringMatching(
        /invalid options for loadModel[^]*runtime[^]*maxBatch[^]*"worker"/,
      ) as string,
    });
  });

  it('is not there under a name that nobody gave', async () => {
    await expect(loadModel('nobody')).rejects.toMatchObject({ code: 'MODEL_MISSING' });
  });
});

it('a model that finds objects names them, with the image that their boxes refer to', async () => {
  const folder = await mkdtemp(path.join(tmpdir(), 'stream-infer-objects-'));
  const detector = await loadModel(await writeDetector(folder, 'yolo'), { runtime: 'onnx', log: silentLog });
  try {
    const box = [4, 6, 20, 12] as const;
    const result = await detector.classify(Buffer.from(drawn(SIDE, SIDE, [{ colour: 'green', box }])));
    expect(result).toMatchObject({
      ...{ label: 1, className: 'green', confidence: 0.9 },
      objects: [{ label: 1, className: 'green', confidence: 0.9, box }],
      frame: { width: SIDE, height: SIDE },
    });
    expect(await detector.classify(Buffer.from(drawn(SIDE, SIDE, [])))).toMatchObject({ objects: [] });
  } finally {
    await detector.close();
    await rm(folder, { recursive: true });
  }
});
