import { connectBroker, createPipeline, fromJson, type BrokerConnection } from '../../src/library';
import type { ClassifyFunction, Prediction } from '../../src';
import { until } from '../helpers/cli';
import { silentLog } from '../helpers/log';

const PATIENCE = 30_000;
jest.setTimeout(3 * PATIENCE);

/** Says that the first pixel is the class. */
const byFirstPixel: ClassifyFunction = (images) =>
  images.map((image) => Array.from({ length: 10 }, (_, label) => (label === image[0] ? 1 : 0)));

const image = (label: number): Buffer => Buffer.alloc(784, 0).fill(label, 0, 1);

let broker: BrokerConnection;
beforeEach(async () => {
  broker = await connectBroker({ kind: 'memory', log: silentLog });
});
afterEach(() => broker.close());

function eventually(condition: () => boolean | Promise<boolean>): Promise<void> {
  return until(condition, PATIENCE, () => 'not yet');
}

function collect(topic: string): Map<string, string | undefined> {
  const found = new Map<string, string | undefined>();
  broker.createConsumer(topic, { group: null }, ({ key, value, header }) => {
    found.set(key ?? '', header('error-code') ?? labelIn(value));
  });
  return found;
}

function labelIn(prediction: Buffer): string {
  return String((JSON.parse(String(prediction)) as Prediction).label);
}

describe('a pipeline inside another program', () => {
  it('classifies a topic with any function in place of the model', async () => {
    const seen: number[] = [];
    const pipeline = await createPipeline({
      broker,
      classify: byFirstPixel,
      name: 'first-pixel',
      onOutcomes: (outcomes) => seen.push(outcomes.length),
      log: silentLog,
    });
    const producer = broker.createProducer('images');
    await producer.sendAll([3, 7].map((label) => ({ value: image(label), key: `k${label}` })));
    const predictions: Prediction[] = [];
    const parse = (value: unknown): Prediction => value as Prediction;
    broker.createConsumer(
      'predictions',
      { group: 'reader', deserialize: fromJson(parse) },
      ({ value }) => void predictions.push(value),
    );
    await eventually(() => predictions.length === 2);
    expect(predictions.map(({ label }) => label).sort()).toEqual([3, 7]);
    expect(predictions[0]?.model).toMatchObject({ name: 'first-pixel', runtime: 'function' });
    expect(pipeline.url).toBeNull();
    expect(pipeline.status()).toEqual({ state: 'up' });
    expect(await pipeline.close()).toEqual({ settled: 2, left: 0 });
    expect(seen.reduce((sum, n) => sum + n, 0)).toBe(2);
  });

  it('classifies images of the shape that the function has, here RGB', async () => {
    const seen: number[] = [];
    const pipeline = await createPipeline({
      broker,
      log: silentLog,
      shape: { height: 4, width: 6, channels: 3, resize: 'crop', labels: ['red', 'green', 'blue'] },
      classify: (images) =>
        images.map((pixels) => {
          seen.push(pixels.length);
          return [0, 1, 2].map((channel) => (pixels[channel] ?? 0) / 255);
        }),
    });
    const green = Buffer.alloc(4 * 6 * 3).map((_, i) => (i % 3 === 1 ? 255 : 0));
    expect((await pipeline.classify(green)).className).toBe('green');
    expect(seen).toEqual([72]);
    await expect(pipeline.classify(image(4))).rejects.toMatchObject({ code: 'NOT_AN_IMAGE' });
    await pipeline.close();
  });

  it('gets no demo images of Fashion-MNIST for other classes', async () => {
    const warnings: string[] = [];
    const seen: number[] = [];
    const pipeline = await createPipeline({
      broker,
      log: { ...silentLog, warn: (_, text) => warnings.push(text) },
      config: { demo: { enabled: true, rate: 1_000 } },
      shape: { height: 28, width: 28, labels: ['dark', 'bright'] },
      classify: (images) => images.map(() => [seen.push(1), 0]),
    });
    expect(warnings).toContainEqual(expect.stringContaining('no demo images are published'));
    await pipeline.close();
    expect(seen).toEqual([]);
  });

  it('refuses a shape that no image has', async () => {
    const shape = { height: 4, width: 6, channels: 2 as 3, labels: ['a', 'b'] };
    await expect(
      createPipeline({ broker, log: silentLog, shape, classify: byFirstPixel }),
    ).rejects.toMatchObject({
      code: 'CONFIG_INVALID',
      message: expect.stringContaining('shape.channels') as string,
    });
  });

  it('answers single images without a topic, and rejects a value that is not an image', async () => {
    const pipeline = await createPipeline({ broker, classify: byFirstPixel, log: silentLog });
    expect((await pipeline.classify(image(4))).className).toBe('Coat');
    await expect(pipeline.classify(Buffer.from('no image'))).rejects.toMatchObject({ code: 'NOT_AN_IMAGE' });
    await pipeline.close();
    await expect(pipeline.classify(image(4))).rejects.toMatchObject({ code: 'NOT_READY' });
  });

  it('finds the image that the function throws at, and predicts its neighbours', async () => {
    const pipeline = await createPipeline({
      broker,
      log: silentLog,
      classify: (images, context) => {
        if (images.some(([first]) => first === 9)) throw new Error('no boots, please');
        return byFirstPixel(images, context);
      },
    });
    const [predictions, letters] = [collect('predictions'), collect('images.dlq')];
    const producer = broker.createProducer('images');
    await producer.sendAll([1, 9, 2].map((label) => ({ value: image(label), key: `k${label}` })));
    await eventually(() => predictions.size === 2 && letters.size === 1);
    expect(Object.fromEntries(predictions)).toEqual({ k1: '1', k2: '2' });
    expect(Object.fromEntries(letters)).toEqual({ k9: 'WORKER_CRASH' });
    await pipeline.close();
  });

  it('gives up a function that hangs, and names one that returns nonsense', async () => {
    let answers: unknown;
    const pipeline = await createPipeline({
      broker,
      log: silentLog,
      config: { inference: { taskTimeout: 50 } },
      classify: (() => answers) as unknown as ClassifyFunction,
    });
    answers = new Promise(() => undefined);
    await expect(pipeline.classify(image(0))).rejects.toMatchObject({ code: 'WORKER_TIMEOUT' });
    answers = [];
    await expect(pipeline.classify(image(0))).rejects.toMatchObject({
      code: 'WORKER_CRASH',
      message: 'the function failed: it returned 0 entries for 1 images',
    });
    answers = [[1, 2]];
    await expect(pipeline.classify(image(0))).rejects.toMatchObject({
      message: 'the function failed: it returned 2 entries for image 0; expected 10 numbers',
    });
    answers = [[NaN, 0, 0, 0, 0, 0, 0, 0, 0, 0]];
    await expect(pipeline.classify(image(0))).rejects.toMatchObject({
      message: 'the function failed: it returned NaN for class 0 of image 0; expected 0 to 1',
    });
    await pipeline.close();
  });

  it('stops by itself at its limit, and serves HTTP if it is asked to', async () => {
    const pipeline = await createPipeline({
      broker,
      classify: byFirstPixel,
      limit: 2,
      config: { http: { port: 0 } },
      log: silentLog,
    });
    expect((await fetch(`${pipeline.url}/readyz`)).status).toBe(200);
    const producer = broker.createProducer('images');
    await producer.sendAll([1, 2].map((label) => ({ value: image(label) })));
    expect(await pipeline.done).toEqual({ settled: 2, left: 0 });
    await expect(fetch(`${pipeline.url}/readyz`)).rejects.toThrow();
  });

  it('names options that it does not know, and would run the model for', async () => {
    const wrong = { broker, clasify: byFirstPixel, limit: -1, onOutcomes: 3 } as never;
    await expect(createPipeline(wrong)).rejects.toMatchObject({
      code: 'CONFIG_INVALID',
      message: expect.stringMatching(
        /invalid options for createPipeline[^]*onOutcomes[^]*limit[^]*"clasify"/,
      ) as string,
    });
  });

  it('names every mistake in its settings, and leaves nothing running', async () => {
    const wrong = { input: { topik: 'x' }, inference: { workers: 0 } } as never;
    await expect(createPipeline({ broker, classify: byFirstPixel, config: wrong })).rejects.toMatchObject({
      code: 'CONFIG_INVALID',
      message: expect.stringMatching(
        /input\.topik[^]*did you mean input\.topic|inference\.workers/,
      ) as string,
    });
  });
});
