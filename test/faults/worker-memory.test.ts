/**
 * A worker releases the memory of its native decoder. Node frees it in a turn of the event loop, which a
 * worker waiting in Atomics.wait did not have: it leaked 30 KiB per batch.
 */
import { resolveModelDir } from '../../src/models/files';
import { createPool, type InferencePool } from '../../src/inference/pool';
import { packed } from '../fixtures/batch';
import { png } from '../fixtures/png';
import { silentLog } from '../helpers/log';

jest.setTimeout(200_000);

const MIB = 2 ** 20;

describe('the memory of a worker', () => {
  let pool: InferencePool;
  beforeAll(async () => {
    pool = await createPool({
      modelDir: await resolveModelDir('fashion-mnist'),
      runtime: 'tfjs-wasm',
      workers: 1,
      maxBatch: 16,
      invert: 'auto',
      taskTimeoutMs: 60_000,
      startTimeoutMs: 120_000,
      log: silentLog,
    });
  }, 180_000);
  afterAll(() => pool.close());

  it('does not grow with the number of decoded images', async () => {
    const damaged = Buffer.from(png());
    damaged.writeUInt8((damaged[45] as number) ^ 255, 45);
    const batch = packed(Array.from({ length: 16 }, () => ({ bytes: damaged, format: 'png' as const })));
    const classify = async (batches: number): Promise<void> => {
      for (let i = 0; i < batches; i++) await pool.classify(batch);
    };
    await classify(1_000);
    const before = process.memoryUsage().rss;
    await classify(4_000);
    // About 120 MiB without the turn of the event loop.
    expect((process.memoryUsage().rss - before) / MIB).toBeLessThan(60);
  });
});
