import { setTimeout as sleep } from 'node:timers/promises';
import { connectBroker, createPipeline, type BrokerConnection } from '../../src/library';
import type { ConfigInput, Prediction } from '../../src';
import { encodeImage } from '../../src/codec/encode-image';
import { until } from '../helpers/cli';
import { silentLog } from '../helpers/log';
import { ModelServer } from '../helpers/model-server';

const PATIENCE = 30_000;
jest.setTimeout(3 * PATIENCE);

const LABELS = ['a', 'b', 'c'];
const TINY = {
  height: 2,
  width: 2,
  channels: 1,
  resize: 'stretch',
  invert: 'never',
  labels: LABELS,
} as const;
const http = { port: 0 };

let broker: BrokerConnection;
beforeEach(async () => void (broker = await connectBroker({ kind: 'memory', log: silentLog })));
afterEach(() => broker.close());

const image = (first: number): Buffer => Buffer.from([first, 5, 6, 7]);

/** By key, the labels of the predictions and the codes of the dead letters, each as often as it was published. */
function collect(): { predictions: Map<string, number[]>; codes: Map<string, string> } {
  const found = { predictions: new Map<string, number[]>(), codes: new Map<string, string>() };
  broker.createConsumer('predictions', { group: null }, ({ key, value }) => {
    const { label } = JSON.parse(String(value)) as Prediction;
    found.predictions.set(key ?? '', [...(found.predictions.get(key ?? '') ?? []), label]);
  });
  broker.createConsumer('images.dlq', { group: null }, ({ key, header }) => {
    found.codes.set(key ?? '', header('error-code') ?? '');
  });
  return found;
}

async function publish(firsts: readonly number[], from = 0): Promise<void> {
  const producer = broker.createProducer('images');
  await producer.sendAll(firsts.map((first, i) => ({ value: image(first), key: `k${from + i}` })));
}

function open(model: ConfigInput['model'], more: ConfigInput = {}) {
  return createPipeline({ broker, log: silentLog, config: { http, model, ...more } });
}

async function readiness(url: string | null): Promise<string> {
  const response = await fetch(`${url}/readyz`);
  return `${response.status} ${await response.text()}`;
}

describe('a remote model', () => {
  it.each(['open-inference', 'tensorflow-serving'] as const)(
    'may be another stream-infer, over %s',
    async (protocol) => {
      const elsewhere = await connectBroker({ kind: 'memory', log: silentLog });
      const other = await createPipeline({
        broker: elsewhere,
        log: silentLog,
        name: 'brightest',
        shape: { height: 5, width: 4, channels: 3, labels: ['red', 'green', 'blue'] },
        classify: (images) =>
          images.map((pixels) => [0, 1, 2].map((channel) => (pixels[3 * 7 + channel] ?? 0) / 255)),
        config: { http },
      });
      const pipeline = await open({
        url: String(other.url),
        protocol,
        name: 'brightest',
        labels: ['red', 'green', 'blue'],
      });
      const pixels = Buffer.alloc(60).map((_, i) => (((i / 3) | 0) === 7 ? [10, 20, 200][i % 3]! : 0));
      const prediction = await pipeline.classify(pixels);
      expect(prediction).toMatchObject({ schemaVersion: 2, className: 'blue' });
      expect(prediction.confidence).toBeCloseTo(200 / 255, 2);
      expect(prediction.model).toMatchObject({ name: 'brightest', runtime: 'function' });
      await pipeline.close();
      await other.close();
      await elsewhere.close();
    },
  );

  it('pauses the stream while it is unavailable: no image becomes a dead letter, none is lost', async () => {
    const server = await new ModelServer().start();
    const pipeline = await open(
      { url: server.url, name: 'three', labels: LABELS },
      { inference: { workers: 2, maxBatch: 16 } },
    );
    const { predictions, codes } = collect();
    const firsts = Array.from({ length: 600 }, (_, i) => (i === 450 ? 99 : i % 3));
    await publish(firsts.slice(0, 200));
    await until(
      () => predictions.size > 50,
      PATIENCE,
      () => `${predictions.size}`,
    );
    server.trouble = 503;
    await publish(firsts.slice(200), 200);
    const paused = performance.now();
    await until(
      async () => (await readiness(pipeline.url)).includes('HTTP 503'),
      PATIENCE,
      () => 'ready',
    );
    expect(await readiness(pipeline.url)).toMatch(
      /^503 .*The model is unavailable: POST http.*in trouble; consumption is paused\./s,
    );
    await expect(pipeline.classify(image(1))).rejects.toMatchObject({ code: 'MODEL_UNAVAILABLE' });
    await sleep(3_000 - (performance.now() - paused));
    expect(codes.size).toBe(0);
    server.trouble = null;
    await until(
      () => predictions.size + codes.size === 600,
      PATIENCE,
      () => `${predictions.size}`,
    );
    expect(Object.fromEntries(codes)).toEqual({ k450: 'REMOTE_REFUSED' });
    for (const [i, first] of firsts.entries())
      if (i !== 450) expect(predictions.get(`k${i}`)).toEqual([first]);
    expect(await readiness(pipeline.url)).toMatch(/^200 /);
    expect(await pipeline.close()).toEqual({ settled: 600, left: 0 });
    await server.stop();
  });

  it('leaves the images of an outage to the next process when it stops', async () => {
    const server = await new ModelServer().start();
    const settings = { url: server.url, name: 'three', labels: LABELS };
    const first = await open(settings, { shutdownTimeout: '200ms' });
    const { predictions } = collect();
    server.trouble = 503;
    await publish([0, 1, 2]);
    await until(
      async () => (await readiness(first.url)).startsWith('503'),
      PATIENCE,
      () => 'ready',
    );
    expect(await first.close()).toMatchObject({ settled: 0 });
    server.trouble = null;
    const second = await open(settings);
    await until(
      () => predictions.size === 3,
      PATIENCE,
      () => `${predictions.size}`,
    );
    await second.close();
    await server.stop();
  });

  it('is waited for at the start, and /readyz says so', async () => {
    const server = await new ModelServer().start();
    await server.stop();
    const port = 20_000 + (process.pid % 20_000);
    const opening = open({ url: server.url, name: 'three' }, { http: { port } });
    const ready = () => readiness(`http://127.0.0.1:${port}`).catch(() => '');
    await until(
      async () => (await ready()).includes('ECONNREFUSED'),
      PATIENCE,
      () => 'no reason',
    );
    await server.start();
    const pipeline = await opening;
    expect(await ready()).toMatch(/^200 /);
    await pipeline.close();
    await server.stop();
  });
});

describe('input.rate', () => {
  it('limits the images per second for any model', async () => {
    const pipeline = await createPipeline({
      broker,
      log: silentLog,
      shape: TINY,
      classify: (images) => images.map(() => [0.5, 0.3, 0.2]),
      config: { input: { rate: 40 } },
    });
    const { predictions } = collect();
    const started = performance.now();
    await publish(Array.from({ length: 60 }, (_, i) => i));
    await until(
      () => predictions.size === 60,
      PATIENCE,
      () => `${predictions.size}`,
    );
    const perSecond = 60_000 / (performance.now() - started);
    expect(perSecond).toBeLessThan(42);
    expect(perSecond).toBeGreaterThan(25);
    await pipeline.close();
  });
});

describe('a classify function', () => {
  it('gets the images as they were sent', async () => {
    const seen: [string, Buffer][] = [];
    const pipeline = await createPipeline({
      broker,
      log: silentLog,
      shape: TINY,
      classify: (images, { originals }) =>
        images.map((_, i) => {
          const { bytes, contentType } = originals[i] ?? { bytes: image(0), contentType: '' };
          seen.push([contentType, Buffer.from(bytes)]);
          return [0.5, 0.3, 0.2];
        }),
    });
    const { value } = await encodeImage(image(9), 'jpeg', TINY);
    await pipeline.classify(value);
    await pipeline.classify(Buffer.from(JSON.stringify({ image: value.toString('base64') })));
    await pipeline.classify(image(4));
    expect(seen).toEqual([
      ['image/jpeg', value],
      ['image/jpeg', value],
      ['application/octet-stream', image(4)],
    ]);
    await pipeline.close();
  });

  it('pauses the stream with a retryable error, and refuses an image by its code', async () => {
    let isDown = false;
    const pipeline = await createPipeline({
      broker,
      log: silentLog,
      shape: TINY,
      classify: (images) => {
        if (isDown) throw Object.assign(new Error('quota used up'), { retryable: true, retryAfterMs: 300 });
        if (images.some(([first]) => first === 99))
          throw Object.assign(new Error('not a pet'), { code: 'REMOTE_REFUSED' });
        return images.map(([first = 0]) => LABELS.map((_, label) => (label === first % 3 ? 1 : 0)));
      },
      config: { http },
    });
    const { predictions, codes } = collect();
    isDown = true;
    await publish([0, 1, 99, 2]);
    await until(
      async () => (await readiness(pipeline.url)).startsWith('503'),
      PATIENCE,
      () => 'ready',
    );
    expect(await readiness(pipeline.url)).toContain('quota used up');
    expect(codes.size).toBe(0);
    isDown = false;
    await until(
      () => predictions.size + codes.size === 4,
      PATIENCE,
      () => `${predictions.size}`,
    );
    expect(Object.fromEntries(codes)).toEqual({ k2: 'REMOTE_REFUSED' });
    await pipeline.close();
  });
});
