import { mkdtempSync, rmSync } from 'node:fs';
import { cp, readFile, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { createHash } from 'node:crypto';
import { detectFormat } from '../../src/codec/detect-format';
import type { StreamInferError } from '../../src/core/errors';
import { isolateFailures } from '../../src/pipeline/isolation';
import type { ImageFormat } from '../../src/core/image';
import { RUNTIME_NAMES } from '../../src/core/runtime-name';
import { readModelFiles, resolveModelDir, type ModelFiles } from '../../src/models/files';
import { createPool, startPool } from '../../src/inference/pool';
import type { InferencePool, PoolOptions } from '../../src/inference/pool';
import { badInputCatalogue } from '../fixtures/bad-input';
import { packed } from '../fixtures/batch';
import { FAILING_WORKER, failingImage, meetingImage, orderStart } from '../fixtures/failing-image';
import { testImages, testLabels } from '../fixtures/fashion-mnist';
import { greyPng } from '../fixtures/png';

jest.setTimeout(120_000);

const log = { debug: jest.fn(), info: jest.fn(), warn: jest.fn(), error: jest.fn() };
const images = testImages();
const labels = testLabels();
const image = (i: number): Buffer => images.subarray(i * 784, (i + 1) * 784);
const someImages = (n: number): Buffer[] => Array.from({ length: n }, (_, i) => image(i));

const pools: InferencePool[] = [];

const DEFAULTS = {
  runtime: 'tfjs-wasm',
  workers: 1,
  maxBatch: 16,
  invert: 'auto',
  taskTimeoutMs: 30_000,
  startTimeoutMs: 60_000,
  log,
} as const;

async function open(options: Partial<PoolOptions> = {}): Promise<InferencePool> {
  const modelDir = await resolveModelDir('fashion-mnist');
  const pool = await createPool({ modelDir, ...DEFAULTS, ...options });
  pools.push(pool);
  return pool;
}

/** With the precision `auto`. */
async function openChoosing(files: ModelFiles): Promise<InferencePool> {
  const pool = await startPool(files, { ...DEFAULTS, runtime: 'auto', precision: 'auto' });
  pools.push(pool);
  return pool;
}

/** A pool whose workers fail on failing images. */
const openFailing = (options: Partial<PoolOptions> = {}): Promise<InferencePool> =>
  open({ workerFile: FAILING_WORKER, ...options });

function predicted(probabilities: Float32Array, i: number): number {
  const row = Array.from(probabilities.subarray(i * 10, (i + 1) * 10));
  return row.indexOf(Math.max(...row));
}

async function expectPredicts(pool: InferencePool): Promise<void> {
  const { probabilities, failures } = await pool.classify(packed([image(0)]));
  expect(failures.size).toBe(0);
  expect(predicted(probabilities, 0)).toBe(labels[0]);
}

beforeEach(() => {
  orderStart(null);
  jest.clearAllMocks();
});

afterEach(async () => {
  orderStart(null);
  await Promise.all(pools.splice(0).map((pool) => pool.close()));
});

describe('a working pool', () => {
  it('classifies raw, PNG and JSON images in one batch and refuses only the bad one', async () => {
    const pool = await open();
    const json = Buffer.from(JSON.stringify({ image: [...image(2)], id: 'two', label: 1 }));
    const batch = packed([
      image(0),
      { bytes: greyPng(image(1)), format: 'png' },
      { bytes: json, format: 'json' },
      { bytes: Buffer.from('{"image": 1}'), format: 'json' },
      image(3),
    ]);
    const result = await pool.classify(batch);
    expect([0, 1, 2, 4].map((i) => predicted(result.probabilities, i))).toEqual([...labels.subarray(0, 4)]);
    expect([...result.failures]).toEqual([
      [
        3,
        {
          code: 'BAD_ENVELOPE',
          message: expect.stringContaining('"image"') as string,
          stage: 'decode',
          attempts: 1,
        },
      ],
    ]);
    expect([...result.decoded.keys()]).toEqual([1, 2]);
    expect(Buffer.from(result.decoded.get(1)!.pixels)).toEqual(Buffer.from(image(1)));
    expect(result.decoded.get(2)).toMatchObject({ id: 'two', label: 1 });
    expect(result.inferenceMs).toBeGreaterThan(0);
  });

  it('computes in 8-bit integers on request and reports it', async () => {
    const pool = await open({ runtime: 'auto', precision: 'int8' });
    expect(pool.model).toMatchObject({ runtime: 'onnx', precision: 'int8' });
    const { probabilities } = await pool.classify(packed(someImages(16)));
    const right = Array.from({ length: 16 }, (_, i) => predicted(probabilities, i) === labels[i]);
    expect(right.filter(Boolean).length).toBeGreaterThan(13);
  });

  it('leaves the buffers of the batch to the caller', async () => {
    const pool = await open();
    const batch = packed(someImages(4));
    await pool.classify(batch);
    expect(batch.bytes.byteLength).toBe(4 * 784);
  });

  it('runs one batch per worker and queues the rest', async () => {
    const pool = await open({ workers: 2 });
    pool.utilization();
    const results = await Promise.all(
      Array.from({ length: 10 }, () => pool.classify(packed(someImages(16)))),
    );
    for (const { probabilities } of results) expect(predicted(probabilities, 0)).toBe(labels[0]);
    expect(pool.parallelism).toBe(2);
    expect(pool.utilization()).toBeLessThanOrEqual(1);
  });

  it('rejects batches if far too many wait', async () => {
    const pool = await open();
    const all = await Promise.allSettled(Array.from({ length: 40 }, () => pool.classify(packed([image(0)]))));
    const codes = all.map((one) =>
      one.status === 'rejected' ? (one.reason as StreamInferError).code : 'ok',
    );
    expect(new Set(codes)).toEqual(new Set(['ok', 'OVERLOADED']));
    await expectPredicts(pool);
  });

  it('computes the same probabilities on every runtime', async () => {
    const [first, ...rest] = await Promise.all(
      RUNTIME_NAMES.map(async (runtime) => {
        const pool = await open({ runtime });
        expect(pool.model.runtime).toBe(runtime);
        return (await pool.classify(packed(someImages(100)))).probabilities;
      }),
    );
    for (const other of rest) {
      const worst = Math.max(...first!.map((value, i) => Math.abs(value - other[i]!)));
      expect(worst).toBeLessThan(1e-4);
    }
  });

  it('rejects with NOT_READY after close, including batches in progress', async () => {
    const pool = await openFailing();
    const underWay = pool.classify(packed([failingImage('hang')]));
    const waiting = pool.classify(packed([image(0)]));
    const outcomes = Promise.allSettled([underWay, waiting]);
    await pool.close();
    for (const outcome of await outcomes) expect(outcome).toMatchObject({ reason: { code: 'NOT_READY' } });
    await expect(pool.classify(packed([image(0)]))).rejects.toMatchObject({ code: 'NOT_READY' });
  });
});

describe('the precision auto', () => {
  const shipped = async () => await readModelFiles(await resolveModelDir('fashion-mnist'));

  it('is the same for all workers, with the reason in the log', async () => {
    const pool = await open({ runtime: 'auto', precision: 'auto', workers: 3 });
    const { precision } = pool.model;
    expect(log.info).toHaveBeenCalledWith(
      { model: expect.stringMatching(/^fashion-mnist@/) as string, runtime: 'onnx', precision },
      expect.stringMatching(new RegExp(`^precision ${precision}: .`)),
    );
    const results = await Promise.all(
      Array.from({ length: 12 }, () => pool.classify(packed(someImages(16)))),
    );
    expect(new Set(results.map(({ probabilities }) => String(probabilities))).size).toBe(1);
  });

  it('is float32 if 8-bit integers are inaccurate', async () => {
    const files = await shipped();
    const golden = files.int8!.golden.map((_, i) => (i % 10 === 0 ? 1 : 0));
    const pool = await openChoosing({ ...files, int8: { ...files.int8!, golden } });
    expect(pool.model).toMatchObject({ runtime: 'onnx', precision: 'fp32' });
    expectReason('int8 is inaccurate on this processor');
  });

  it('is float32 for a model without int8.json', async () => {
    const { int8: _, ...files } = await shipped();
    const pool = await openChoosing(files);
    expect(pool.model).toMatchObject({ runtime: 'onnx', precision: 'fp32' });
    expectReason('the model has no int8.json');
  });

  it('is float32 on a runtime without int8', async () => {
    const pool = await open({ precision: 'auto' });
    expect(pool.model).toMatchObject({ runtime: 'tfjs-wasm', precision: 'fp32' });
    expectReason('int8 requires the runtime onnx');
  });

  it('is kept by the replacement of a dead worker', async () => {
    const pool = await openFailing({ runtime: 'auto', precision: 'auto' });
    const before = await pool.classify(packed([image(0)]));
    await expect(pool.classify(packed([failingImage('exit')]))).rejects.toMatchObject({
      code: 'WORKER_CRASH',
    });
    const after = await pool.classify(packed([image(0)]));
    expect([...after.probabilities]).toEqual([...before.probabilities]);
  });

  function expectReason(reason: string): void {
    expect(log.info).toHaveBeenCalledWith(expect.anything(), `precision fp32: ${reason}`);
  }
});

describe('the start', () => {
  it('fails at once without a model', async () => {
    await expect(open({ modelDir: '/nowhere' })).rejects.toMatchObject({ code: 'MODEL_MISSING' });
  });

  it('rejects a model that does not reproduce its golden vectors, on every runtime', async () => {
    const folder = mkdtempSync(path.join(os.tmpdir(), 'stream-infer-'));
    try {
      await copyWithWrongGolden(await resolveModelDir('fashion-mnist'), folder);
      const refused = open({ modelDir: folder, runtime: 'auto' });
      await expect(refused).rejects.toMatchObject({
        code: 'MODEL_CORRUPT',
        message: expect.stringContaining('golden') as string,
      });
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it.each(['exit', 'throw'] as const)('fails at once if the worker file fails: %s', async (how) => {
    orderStart(how);
    await expect(openFailing()).rejects.toMatchObject({ code: 'RUNTIME_UNAVAILABLE' });
  });

  it('fails in time if a worker never starts', async () => {
    orderStart('hang');
    await expect(openFailing({ startTimeoutMs: 500 })).rejects.toMatchObject({ code: 'RUNTIME_UNAVAILABLE' });
  });

  it('is aborted by its signal', async () => {
    orderStart('hang');
    const wanted = new AbortController();
    const refused = expect(openFailing({ signal: wanted.signal })).rejects.toMatchObject({
      code: 'NOT_READY',
    });
    setTimeout(() => wanted.abort(), 500);
    await refused;
    await expect(open({ signal: wanted.signal })).rejects.toMatchObject({ code: 'NOT_READY' });
  });

  it('reports a missing worker file', async () => {
    await expect(open({ workerFile: '/nowhere.js', startTimeoutMs: 5_000 })).rejects.toMatchObject({
      code: 'RUNTIME_UNAVAILABLE',
    });
  });
});

/** Changes the first golden probability and updates the manifest's hashes. */
async function copyWithWrongGolden(from: string, to: string): Promise<void> {
  await cp(from, to, { recursive: true });
  const golden = JSON.parse(await readFile(path.join(to, 'golden.json'), 'utf8')) as {
    vectors: { probabilities: number[] }[];
  };
  golden.vectors[0]!.probabilities[0]! += 0.01;
  const bytes = Buffer.from(JSON.stringify(golden));
  await writeFile(path.join(to, 'golden.json'), bytes);
  const manifest = JSON.parse(await readFile(path.join(to, 'manifest.json'), 'utf8')) as {
    files: { path: string; bytes: number; sha256: string }[];
  };
  const entry = manifest.files.find((file) => file.path === 'golden.json')!;
  entry.bytes = bytes.length;
  entry.sha256 = createHash('sha256').update(bytes).digest('hex');
  await writeFile(path.join(to, 'manifest.json'), JSON.stringify(manifest));
}

describe('a dead worker', () => {
  it.each(['exit', 'run out of memory', 'throw'] as const)('is replaced: %s', async (how) => {
    const pool = await openFailing();
    const lost: string[] = [];
    pool.onWorkerLost = (error) => lost.push(error.code);
    await expect(pool.classify(packed([image(0), failingImage(how)]))).rejects.toMatchObject({
      code: 'WORKER_CRASH',
    });
    await expectPredicts(pool);
    expect(lost).toEqual(how === 'throw' ? [] : ['WORKER_CRASH']);
  });

  it('is terminated and replaced if it does not reply in time', async () => {
    const pool = await openFailing({ taskTimeoutMs: 1_000 });
    await expect(pool.classify(packed([failingImage('hang')]))).rejects.toMatchObject({
      code: 'WORKER_TIMEOUT',
    });
    await expectPredicts(pool);
  });

  it('leaves no thread behind if the pool is closed before its exit', async () => {
    for (let i = 0; i < 5; i++) {
      const pool = await openFailing({ taskTimeoutMs: 200 });
      await expect(pool.classify(packed([failingImage('hang')]))).rejects.toMatchObject({
        code: 'WORKER_TIMEOUT',
      });
      // Piscina would start a replacement after `destroy`; the check at the end of the file would find it.
      await pool.close();
    }
  });

  it('does not delay other tasks while its replacement loads', async () => {
    const pool = await openFailing({ taskTimeoutMs: 1_000 });
    const crash = pool.classify(packed([failingImage('exit')]));
    const others = Promise.all(Array.from({ length: 5 }, () => expectPredicts(pool)));
    await expect(crash).rejects.toMatchObject({ code: 'WORKER_CRASH' });
    await others;
  });

  it('costs only the image that crashed it', async () => {
    const pool = await openFailing({ workers: 2 });
    const classifier = isolateFailures(pool, { attempts: 2, log });
    const batch = packed([
      image(0),
      failingImage('exit'),
      image(1),
      { bytes: Buffer.from('{}'), format: 'json' },
    ]);
    const { probabilities, failures } = await classifier.classify(batch);
    expect([0, 2].map((i) => predicted(probabilities, i))).toEqual([labels[0], labels[1]]);
    expect(failures.get(1)).toMatchObject({ code: 'WORKER_CRASH', stage: 'inference', attempts: 2 });
    expect(failures.get(3)).toMatchObject({ code: 'BAD_ENVELOPE', stage: 'decode' });
    await expectPredicts(pool);
  });

  it('is replaced even if its replacements repeatedly die while loading', async () => {
    const pool = await openFailing({ workers: 2 });
    for (let i = 0; i < 3; i++) {
      orderStart('exit once');
      const crash = pool.classify(packed([failingImage('exit')]));
      await expect(crash).rejects.toMatchObject({ code: 'WORKER_CRASH' });
      // Two tasks at the same time need two live workers.
      const meeting = packed([meetingImage()]);
      const both = await Promise.all([pool.classify(meeting), pool.classify(meeting)]);
      expect(both.map(({ failures }) => failures.size)).toEqual([0, 0]);
    }
    expect(log.error).not.toHaveBeenCalled();
  });

  it('breaks the pool promptly if all replacements die while loading, but not before the last worker is lost', async () => {
    const pool = await openFailing({ workers: 2, startTimeoutMs: 100_000 });
    orderStart('exit');
    await expect(pool.classify(packed([failingImage('exit')]))).rejects.toMatchObject({
      code: 'WORKER_CRASH',
    });
    await expectPredicts(pool);
    await expect(pool.classify(packed([failingImage('exit')]))).rejects.toMatchObject({
      code: 'WORKER_CRASH',
    });
    await expect(pool.classify(packed([image(0)]))).rejects.toMatchObject({ code: 'POOL_BROKEN' });
  });

  it('is reported if it cannot be replaced, and no task waits forever', async () => {
    const pool = await openFailing({ startTimeoutMs: 15_000 });
    orderStart('hang');
    const crash = pool.classify(packed([failingImage('exit')]));
    const waiting = pool.classify(packed([image(0)]));
    await expect(crash).rejects.toMatchObject({ code: 'WORKER_CRASH' });
    await expect(waiting).rejects.toMatchObject({ code: 'POOL_BROKEN' });
    await expect(pool.classify(packed([image(0)]))).rejects.toMatchObject({ code: 'POOL_BROKEN' });
    expect(log.error).toHaveBeenCalled();
  });
});

describe('the bad-input catalogue', () => {
  it('gives the expected codes in bounded memory and leaves the pool working', async () => {
    const pool = await open({ workers: 2 });
    const before = process.memoryUsage().rss;
    let peak = 0;
    const wrong: string[] = [];
    for (const { row, name, bytes, contentType, expected } of badInputCatalogue()) {
      const format: ImageFormat | { code: string } = detectFormat(bytes, contentType);
      const got = typeof format === 'object' ? format.code : await outcomeIn(pool, bytes!, format);
      if (![expected].flat().some((one) => one === got)) wrong.push(`${row} ${name}: ${got}`);
      peak = Math.max(peak, process.memoryUsage().rss);
    }
    expect(wrong).toEqual([]);
    expect(log.error).not.toHaveBeenCalled();
    expect((peak - before) / 2 ** 20).toBeLessThan(1024);
  });
});

/** A bad image between two good ones, which must be classified correctly every time. */
async function outcomeIn(pool: InferencePool, bytes: Buffer, format: ImageFormat): Promise<string> {
  const { probabilities, failures, decoded } = await pool.classify(
    packed([image(0), { bytes, format }, image(1)]),
  );
  expect([0, 2].map((i) => predicted(probabilities, i))).toEqual([labels[0], labels[1]]);
  if (!failures.has(1) && format !== 'raw') expect(decoded.get(1)?.pixels).toHaveLength(784);
  return failures.get(1)?.code ?? 'prediction';
}
