import { testImages, testLabels } from '../fixtures/fashion-mnist';
import { resolveModelDir } from '../../src/models/files';
import { createPool, type InferencePool } from '../../src/inference/pool';
import { SILENT_LOG } from '../helpers/services';

jest.setTimeout(240_000);

describe('derived images', () => {
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
      log: SILENT_LOG,
    });
  });
  afterAll(() => pool.close());

  it('are PNG files of 224 × 224 pixels from a worker', async () => {
    const label = testLabels()[0] as number;
    const { enlarged, occlusion } = await pool.derive(testImages().subarray(0, 784), label);
    for (const png of [enlarged, occlusion]) {
      const header = Buffer.from(png);
      expect(header.toString('latin1', 1, 4)).toBe('PNG');
      expect([header.readUInt32BE(16), header.readUInt32BE(20)]).toEqual([224, 224]);
    }
    expect(Buffer.from(enlarged).equals(Buffer.from(occlusion))).toBe(false);
  });
});
