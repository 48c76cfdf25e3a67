import { setTimeout as sleep } from 'node:timers/promises';
import { packBatch } from '../../../src/pipeline/packing';
import type { BatchResult } from '../../../src/core/classification';
import type { InferencePool } from '../../../src/inference/pool';
import { createRemotePool } from '../../../src/inference/remote/remote-pool';
import type { RemoteSettings } from '../../../src/inference/remote/settings';
import { encodeImage } from '../../../src/codec/encode-image';
import { silentLog } from '../../helpers/log';
import { ModelServer } from '../../helpers/model-server';

const LABELS = ['a', 'b', 'c'];
const TINY = { height: 2, width: 2, channels: 1, resize: 'fit', invert: 'never', labels: LABELS } as const;
const TIMES = { firstWaitMs: 10, longestWaitMs: 20, strikeGapMs: 5 };

let server: ModelServer;
let pool: InferencePool;
beforeEach(async () => void (server = await new ModelServer().start()));
afterEach(async () => {
  await pool.close();
  await server.stop();
});

async function open(settings: Partial<RemoteSettings>): Promise<InferencePool> {
  pool = await createRemotePool(optionsOf(settings));
  return pool;
}

function optionsOf(settings: Partial<RemoteSettings>, signal = new AbortController().signal) {
  return {
    settings: {
      url: server.url,
      protocol: 'open-inference',
      name: 'three',
      headers: {},
      input: { scale: 1 / 255, offset: 0 },
      output: { activation: 'none' },
      timeoutMs: 300,
      concurrency: 2,
      maxBatch: 8,
      ...settings,
    },
    log: silentLog,
    signal,
    times: TIMES,
  } as const;
}

/** Images of this first pixel. */
function batchOf(firsts: readonly number[], urgent = false) {
  const items = firsts.map((first) => ({ bytes: Buffer.from([first, 5, 6, 7]), format: 'raw' as const }));
  return { ...packBatch(items), urgent };
}

function labelsIn({ probabilities, failures }: BatchResult): (number | string)[] {
  return Array.from({ length: probabilities.length / 3 }, (_, i) => {
    const scores = [...probabilities.subarray(i * 3, i * 3 + 3)];
    return failures.get(i)?.code ?? scores.indexOf(Math.max(...scores));
  });
}

const MIXED = [0, 1, 2, 1, 99, 0, 2, 2, 1, 0];
const OUTCOMES = [0, 1, 2, 1, 'REMOTE_REFUSED', 0, 2, 2, 1, 0];

describe('a model behind the Open Inference Protocol', () => {
  it.each([
    ['JSON', false],
    ['binary tensors', true],
  ])('gets whole batches as %s, and only the image it refuses fails', async (_, takesBinary) => {
    server.takesBinary = takesBinary;
    await open({ labels: LABELS, headers: { authorization: 'Bearer secret' } });
    expect(pool.shape).toMatchObject({ height: 2, width: 2, channels: 1, labels: LABELS });
    const good = await pool.classify(batchOf([2, 0, 1]));
    expect(labelsIn(good)).toEqual([2, 0, 1]);
    expect(server.seen).toHaveLength(1);
    expect(server.seen[0]?.path).toBe('/v2/models/three/infer');
    expect(server.seen[0]?.headers.authorization).toBe('Bearer secret');
    const mixed = await pool.classify(batchOf(MIXED));
    expect(labelsIn(mixed)).toEqual(OUTCOMES);
    expect(mixed.failures.get(4)).toMatchObject({
      stage: 'inference',
      message: expect.stringContaining('answered HTTP 400: not this one') as string,
    });
  });

  it('names the classes itself where nobody does', async () => {
    await open({});
    expect(pool.shape.labels).toEqual(['class 0', 'class 1', 'class 2']);
    expect(pool.model).toMatchObject({ name: 'three', version: 1, runtime: 'function' });
  });

  it.each([
    [{ labels: ['a', 'b'] }, 'model.labels: there are 2, but the output scores has 3 classes'],
    [{ input: { width: 5, scale: 1, offset: 0 } }, 'model.input.width: it means 5, but the server says 2'],
    [{ output: { name: 'other', activation: 'none' } }, 'model.output.name: the model has no output other'],
  ] as const)('is refused where the configuration contradicts it: %j', async (settings, message) => {
    await expect(open(settings)).rejects.toMatchObject({
      code: 'CONFIG_INVALID',
      message: expect.stringContaining(message) as string,
    });
  });

  it.each([503, 429, 500, 'reset', 'hang', 404, 401] as const)(
    'is asked again after %s until it answers',
    async (trouble) => {
      await open({});
      server.trouble = trouble;
      const classified = pool.classify(batchOf([1, 2]));
      while (pool.unavailable === null) await new Promise(setImmediate);
      if (typeof trouble === 'number')
        expect(pool.unavailable).toContain(`answered HTTP ${trouble}: in trouble`);
      await expect(pool.classify(batchOf([1], true))).rejects.toMatchObject({ code: 'MODEL_UNAVAILABLE' });
      server.trouble = null;
      expect(labelsIn(await classified)).toEqual([1, 2]);
      expect(pool.unavailable).toBeNull();
    },
  );

  it('is asked again after it was down', async () => {
    await open({});
    await server.stop();
    const classified = pool.classify(batchOf([1, 2]));
    while (pool.unavailable === null) await new Promise(setImmediate);
    expect(pool.unavailable).toContain('ECONNREFUSED');
    await server.start();
    expect(labelsIn(await classified)).toEqual([1, 2]);
  });

  it('gives up an image at which it fails while it answers for others', async () => {
    await open({});
    const result = await pool.classify(batchOf([0, 1, 98, 2, 2]));
    expect(labelsIn(result)).toEqual(expect.arrayContaining([0, 1, 2, 2]));
    expect(result.failures.get(2)).toMatchObject({ code: 'REMOTE_FAILED', stage: 'inference' });
    expect(result.failures.size).toBe(1);
  });

  it.each([1, 2, 3, 8])('gives up no image while every second request fails: batches of %i', async (size) => {
    await open({ maxBatch: size });
    server.trouble = 'alternate';
    const batches = Array.from({ length: 4 }, () => pool.classify(batchOf([0, 1, 2, 2, 1, 0, 1, 2])));
    for (const result of await Promise.all(batches))
      expect(labelsIn(result)).toEqual([0, 1, 2, 2, 1, 0, 1, 2]);
  });

  it('shows no secret that the server repeats in an error', async () => {
    await open({
      url: `${server.url}/v2/models/three?key=query-s3cret`,
      headers: { authorization: 'Bearer s3cret-token', 'x-key': 'other-s3cret' },
    });
    server.detail = `${'x'.repeat(150)} Bearer s3cret-token`;
    server.trouble = 400;
    const { failures } = await pool.classify(batchOf([1]));
    expect(failures.get(0)?.message).toContain('xxx (masked');
    for (const text of ['s3cret-token', 'key other-s3cret', 'query-s3cret; no']) {
      server.detail = text;
      const { message } = (await pool.classify(batchOf([1]))).failures.get(0) ?? {};
      expect(message).toContain('(masked)');
      expect(message).not.toContain('s3cret');
    }
  });

  it('ends at once when it is stopped before the metadata came', async () => {
    server.metadataTrouble = 'hang';
    const stop = new AbortController();
    const options = optionsOf({ timeoutMs: 600_000 }, stop.signal);
    const warn = jest.fn();
    const created = createRemotePool({ ...options, log: { ...silentLog, warn } });
    setTimeout(() => stop.abort(), 50);
    await expect(created).rejects.toMatchObject({ code: 'ABORTED' });
    expect(warn).not.toHaveBeenCalled();
  });

  it.each([404, 503])('is awaited while a server that loads it answers %i', async (status) => {
    server.metadataTrouble = status;
    const reasons: (string | null)[] = [];
    const onWait = (reason: string | null) => {
      reasons.push(reason);
      if (reasons.length === 2) server.metadataTrouble = null;
    };
    pool = await createRemotePool({ ...optionsOf({}), onWait });
    expect(reasons[0]).toBe(`waiting for ${server.url}`);
    expect(reasons[1]).toContain(status === 404 ? 'has no metadata of the model three' : 'answered HTTP 503');
    expect(reasons.at(-1)).toBeNull();
  });

  it.each([
    ['Triton', 400, "Request for unknown model: 'three' is not found"],
    ['KServe', 404, 'Model with name three does not exist.'],
    ['TensorFlow Serving', 404, 'Servable not found for request: Latest(three)'],
    ['stream-infer', 404, 'Model "three" does not exist; the active model is fashion-mnist.'],
  ])(
    'ends the start where the server says that there is none of the name (%s)',
    async (_, status, detail) => {
      server.metadataTrouble = status;
      server.detail = detail;
      const input = { width: 2, height: 2, scale: 1, offset: 0 };
      const options = { ...optionsOf({ labels: LABELS, input }), times: { ...TIMES, unknownModelMs: 0 } };
      await expect(createRemotePool(options)).rejects.toMatchObject({
        code: 'CONFIG_INVALID',
        message: expect.stringMatching(/^model\.name: .*three.*; check model\.name/) as string,
      });
    },
  );

  it('is awaited where the server knows it a little later', async () => {
    server.metadataTrouble = 404;
    server.detail = 'model three not found';
    const onWait = jest.fn(() => void (server.metadataTrouble = onWait.mock.calls.length < 3 ? 404 : null));
    pool = await createRemotePool({ ...optionsOf({}), onWait });
    expect(onWait).toHaveBeenCalledWith(expect.stringContaining('not found'));
  });

  it('has the latest version that the server names', async () => {
    server.versions = ['2', '10', 'x'];
    expect((await open({})).model.version).toBe(10);
    await pool.close();
    expect((await open({ version: '2' })).model.version).toBe(2);
  });

  it.each([400, 401, 403])('ends the start where it answers %i', async (status) => {
    server.metadataTrouble = status;
    await expect(createRemotePool(optionsOf({}))).rejects.toMatchObject({ code: 'CONFIG_INVALID' });
  });

  it('is reported when it has not answered for 2 s, until it answers', async () => {
    await open({ timeoutMs: 10_000 });
    server.delayMs = 2_300;
    const classified = pool.classify(batchOf([1]));
    await sleep(1_500);
    expect(pool.silence).toBeNull();
    await sleep(650);
    expect(pool.silence).toBe(`${server.url} has not answered for 2 s`);
    expect(pool.unavailable).toBeNull();
    await classified;
    expect(pool.silence).toBeNull();
  });

  it('may be slow without a time-out for the requests that wait for others', async () => {
    await open({ concurrency: 1 });
    server.delayMs = 200;
    const classified = await Promise.all([0, 1, 2].map((first) => pool.classify(batchOf([first]))));
    expect(classified.flatMap(labelsIn)).toEqual([0, 1, 2]);
    expect(server.seen).toHaveLength(3);
  });

  it('leaves waiting batches when it is closed', async () => {
    await open({});
    server.trouble = 'hang';
    const classified = pool.classify(batchOf([1]));
    await pool.close();
    await expect(classified).rejects.toMatchObject({ code: 'NOT_READY' });
  });
});

describe('a model behind TensorFlow Serving', () => {
  it('gets preprocessed instances in its own shape', async () => {
    await open({ protocol: 'tensorflow-serving', labels: LABELS });
    expect(pool.model).toMatchObject({ name: 'three', version: 7 });
    expect(labelsIn(await pool.classify(batchOf([0])))).toEqual([0]);
    expect(labelsIn(await pool.classify(batchOf(MIXED)))).toEqual(OUTCOMES);
    const { instances } = JSON.parse(String(server.seen[0]?.body)) as { instances: number[][] };
    expect(server.seen[0]?.path).toBe('/v1/models/three:predict');
    expect(instances[0]).toEqual([0, 5, 6, 7].map((value) => expect.closeTo(value / 255, 5) as number));
  });
});

describe('a model behind any other address', () => {
  it('gets each file as it was sent, and answers a class', async () => {
    await open({ url: `${server.url}/classify?key=x`, protocol: 'custom', labels: LABELS });
    const jpeg = (await encodeImage(Buffer.alloc(4, 200), 'jpeg', TINY)).value;
    const png = (await encodeImage(Buffer.alloc(4, 100), 'png', TINY)).value;
    const wrapped = Buffer.from(JSON.stringify({ image: png.toString('base64'), id: 'x' }));
    const result = await pool.classify(
      packBatch([
        { bytes: jpeg, format: 'jpeg' },
        { bytes: wrapped, format: 'json' },
      ]),
    );
    expect(labelsIn(result)).toEqual([1, 1]);
    expect(result.probabilities[1]).toBeCloseTo(0.75);
    expect(server.seen.map(({ path, headers }) => [path, headers['content-type']])).toEqual([
      ['/classify?key=x', 'image/jpeg'],
      ['/classify?key=x', 'image/png'],
    ]);
    expect(server.seen[0]?.body.equals(jpeg)).toBe(true);
    expect(server.seen[1]?.body.equals(png)).toBe(true);
    expect(result.decoded.get(1)?.id).toBe('x');
  });
});
