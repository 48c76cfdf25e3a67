import { encodeImage } from '../../src/codec/encode-image';
import { decodeItem } from '../../src/codec/decode-item';
import type { ImageFormat } from '../../src/core/image';
import { bytesPerImage, type ModelShape } from '../../src/core/model-shape';
import { createFunctionPool, type ClassifyFunction } from '../../src/inference/function-pool';
import type { InferencePool } from '../../src/inference/pool';
import { PreparedClient } from '../../src/inference/preparing/client';
import { PreparingThreads } from '../../src/inference/preparing/threads';
import { clientOf } from '../../src/inference/remote/client';
import { createRemotePool } from '../../src/inference/remote/remote-pool';
import { resolveModel } from '../../src/inference/remote/resolve';
import type { RemoteSettings } from '../../src/inference/remote/settings';
import { packBatch } from '../../src/pipeline/packing';
import { photo } from '../fixtures/photo';
import { silentLog } from '../helpers/log';
import { missedTicks } from '../helpers/loop-delay';
import { ModelServer } from '../helpers/model-server';

jest.setTimeout(60_000);

const NONE = Buffer.alloc(0);
const LABELS = ['a', 'b', 'c'];
const SHAPE: ModelShape = {
  ...{ width: 224, height: 224, channels: 3, labels: LABELS, resize: 'content', invert: 'never' },
};
/** 24 megapixels; the object of each has another colour. */
const PHOTOS = [40, 120, 200].map((red) => photo(6000, 4000, [red, 90, 240]));
/** Every photo stopped the main thread at least once before. */
const ALLOWED = PHOTOS.length - 1;

let pool: Pick<InferencePool, 'classify' | 'close'>;
afterEach(() => pool.close());

function open(classify: ClassifyFunction, shape: ModelShape = SHAPE): typeof pool {
  const options = {
    workers: 2,
    invert: 'never',
    maxBatch: 8,
    taskTimeoutMs: 10_000,
    log: silentLog,
  } as const;
  return (pool = createFunctionPool(classify, 'test', options, shape));
}

function batchOf(items: readonly (readonly [Buffer, ImageFormat])[]) {
  return packBatch(items.map(([bytes, format]) => ({ bytes, format })));
}

const jpegs = (files: readonly Buffer[]) => batchOf(files.map((file) => [file, 'jpeg']));

it.each(['content', 'fit'] as const)(
  'photos of 24 megapixels do not stop the main thread (%s)',
  async (resize) => {
    open((images) => images.map(() => [1, 0, 0]), { ...SHAPE, resize });
    await pool.classify(jpegs(PHOTOS.slice(0, 1)));
    const missed = await missedTicks(async () => {
      const { failures, decoded } = await pool.classify(jpegs(PHOTOS));
      expect(failures.size).toBe(0);
      expect(decoded.get(2)).toMatchObject({ original: { format: 'jpeg', width: 6000, height: 4000 } });
      expect(decoded.get(2)?.thumbnail).toHaveLength(128 * 128 * 3);
    });
    expect(missed).toBeLessThanOrEqual(ALLOWED);
  },
);

it('gives the pixels of the codec, in the order of the batch, and refuses only what is refused', async () => {
  const seen: Uint8Array[] = [];
  open((images) => {
    seen.push(...images);
    return images.map(() => [0, 1, 0]);
  });
  const raw = Buffer.alloc(bytesPerImage(SHAPE), 9);
  const { value: small } = await encodeImage(raw, 'png', SHAPE);
  const [first, second] = [photo(640, 480, [250, 0, 0]), photo(600, 500, [0, 250, 0])];
  const envelope = Buffer.from(JSON.stringify({ id: 'x', image: second.toString('base64') }));
  const cut = first.subarray(0, first.length >> 1);
  const items = [
    ...[
      [first, 'jpeg'],
      [raw, 'raw'],
      [cut, 'jpeg'],
      [envelope, 'json'],
      [small, 'png'],
    ],
  ] as [Buffer, ImageFormat][];
  const { failures, decoded } = await pool.classify(batchOf(items));
  expect([...failures].map(([i, { code, stage }]) => [i, code, stage])).toEqual([[2, 'CORRUPT', 'decode']]);
  expect(decoded.get(3)).toMatchObject({ id: 'x', original: { width: 600, height: 500 } });
  const right = [first, raw, envelope, small].map(async (bytes) => {
    const [, format] = items.find(([one]) => one === bytes)!;
    const outcome = await decodeItem(bytes, format, { invert: 'never', shape: SHAPE });
    return 'pixels' in outcome ? Buffer.from(outcome.pixels) : outcome;
  });
  expect(seen.map((pixels) => Buffer.from(pixels))).toEqual(await Promise.all(right));
});

it('rejects with NOT_READY when it is closed while photos are prepared, and leaves no thread', async () => {
  open((images) => images.map(() => [1, 0, 0]));
  const classified = pool.classify(jpegs([...PHOTOS, ...PHOTOS]));
  const ended = expect(classified).rejects.toMatchObject({ code: 'NOT_READY' });
  await new Promise((resolve) => setTimeout(resolve, 50));
  await pool.close();
  await ended;
});

it('an image that takes too long costs its thread, which is replaced', async () => {
  const options = { settings: { shape: SHAPE }, calls: 1, log: silentLog, timeoutMs: 4_000 };
  const threads = new PreparingThreads(options);
  pool = Object.assign(threads, { classify: () => Promise.reject(new Error('not used')) });
  const [large = NONE] = PHOTOS;
  const task = { format: 'jpeg', invert: 'never' } as const;
  await threads.decode({ ...task, bytes: photo(300, 300, [9, 9, 9]) });
  options.timeoutMs = 1;
  await expect(threads.decode({ ...task, bytes: large })).rejects.toMatchObject({ code: 'WORKER_TIMEOUT' });
  options.timeoutMs = 20_000;
  expect(await threads.decode({ ...task, bytes: large })).toMatchObject({ original: { width: 6000 } });
});

it('a large answer of a server is read in a thread, with the same errors', async () => {
  const count = 64;
  const labels = Array.from({ length: 1_000 }, (_, i) => `class ${i}`);
  const settings: RemoteSettings = {
    ...{ url: 'http://127.0.0.1:9', protocol: 'open-inference', name: 'many', headers: {}, labels },
    input: { width: 8, height: 8, color: 'grey', tensor: 'uint8', scale: 1, offset: 0 },
    ...{ output: { activation: 'none' }, timeoutMs: 5_000, concurrency: 1, maxBatch: count },
  };
  const model = resolveModel(settings, null);
  const threads = new PreparingThreads({
    settings: { shape: model.shape, remote: { settings, model } },
    ...{ calls: 1, log: silentLog },
  });
  pool = Object.assign(threads, { classify: () => Promise.reject(new Error('not used')) });
  const direct = clientOf(settings, model);
  const client = new PreparedClient(direct, threads, false);
  const data = Array.from({ length: count * 1_000 }, (_, i) => (i % 997) / 997);
  const answer = Buffer.from(JSON.stringify({ outputs: [{ name: 'scores', data }] }));
  expect(answer.length).toBeGreaterThan(1_000_000);
  expect(await client.scoresIn(answer, count)).toEqual(direct.scoresIn(answer, count));
  await expect(client.scoresIn(answer, count + 1)).rejects.toThrow(
    `the answer has ${count * 1_000} scores for ${count + 1} images of 1000 classes`,
  );
});

it('large requests to a server do not stop the main thread either', async () => {
  const server = await new ModelServer().start();
  server.metadataTrouble = 404;
  try {
    pool = await createRemotePool({
      settings: {
        ...{ url: server.url, protocol: 'open-inference', name: 'three', headers: {}, labels: LABELS },
        input: { width: 224, height: 224, color: 'rgb', tensor: 'uint8', scale: 1, offset: 0 },
        ...{ output: { activation: 'none' }, timeoutMs: 5_000, concurrency: 2, maxBatch: 8 },
      },
      ...{ resize: 'content', log: silentLog, signal: new AbortController().signal },
    });
    await pool.classify(jpegs(PHOTOS.slice(0, 1)));
    const missed = await missedTicks(async () => {
      const { failures } = await pool.classify(jpegs(PHOTOS));
      expect(failures.size).toBe(0);
    });
    expect(missed).toBeLessThanOrEqual(ALLOWED);
    const { inputs } = JSON.parse(String(server.seen.at(-1)?.body)) as { inputs: { data: number[] }[] };
    expect(inputs[0]?.data).toHaveLength(bytesPerImage(SHAPE));
  } finally {
    await server.stop();
  }
});
