import { resolveModelDir } from '../../src/models/files';
import { createPool, type InferencePool } from '../../src/inference/pool';
import { packed } from '../fixtures/batch';
import { testImages } from '../fixtures/fashion-mnist';

jest.setTimeout(120_000);

const log = { debug: jest.fn(), info: jest.fn(), warn: jest.fn(), error: jest.fn() };
const images = testImages();
const batch = (n: number) =>
  packed(Array.from({ length: 4 }, (_, i) => images.subarray((4 * n + i) * 784, (4 * n + i + 1) * 784)));

async function open(runtime: 'onnx' | 'tfjs-wasm', workers: number): Promise<InferencePool> {
  return await createPool({
    modelDir: await resolveModelDir('fashion-mnist'),
    runtime,
    workers,
    maxBatch: 16,
    taskTimeoutMs: 30_000,
    startTimeoutMs: 60_000,
    log,
  });
}

/** Classifies batches until `work` has ended; resolves with their number. */
async function whileClassifying(pool: InferencePool, work: () => Promise<void>): Promise<number> {
  let over = false;
  let done = 0;
  const loop = async (): Promise<void> => {
    for (let n = 0; !over; n = (n + 1) % 100) {
      const { failures, probabilities } = await pool.classify(batch(n));
      expect([failures.size, probabilities.length]).toEqual([0, 40]);
      done++;
    }
  };
  const loops = [loop(), loop(), loop()];
  await work().finally(() => (over = true));
  await Promise.all(loops);
  return done;
}

it.each(['onnx', 'tfjs-wasm'] as const)(
  'starts and ends workers of %s under load, and loses no batch',
  async (runtime) => {
    const pool = await open(runtime, 1);
    const lost = jest.fn();
    pool.onWorkerLost = lost;
    try {
      const done = await whileClassifying(pool, async () => {
        await pool.resize?.(3);
        expect([pool.workers, pool.parallelism]).toEqual([3, 3]);
        await pool.resize?.(1);
        expect([pool.workers, pool.parallelism]).toEqual([1, 1]);
      });
      expect(done).toBeGreaterThan(3);
      // Neither reported as lost, nor replaced.
      expect(lost).not.toHaveBeenCalled();
      expect(log.error).not.toHaveBeenCalled();
      await pool.resize?.(2);
      expect((await pool.classify(batch(0))).failures.size).toBe(0);
    } finally {
      await pool.close();
    }
  },
);
