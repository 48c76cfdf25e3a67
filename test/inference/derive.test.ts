import { testImages, testLabels } from '../fixtures/fashion-mnist';
import { occlusionMap } from '../../src/inference/derive';
import { resolveModelDir } from '../../src/models/files';
import { createPool, type InferencePool } from '../../src/inference/pool';
import type { ModelRuntime } from '../../src/inference/runtimes/runtime';
import { SILENT_LOG } from '../helpers/services';

jest.setTimeout(240_000);

/** A model of a single pixel: bright is class 3. */
const ONE_PIXEL = 10 * 28 + 12;
const onePixel: Pick<ModelRuntime, 'predict'> = {
  predict: async (pixels, n) =>
    Float32Array.from({ length: n * 10 }, (_, i) =>
      i % 10 === 3 ? (pixels[Math.floor(i / 10) * 784 + ONE_PIXEL] ?? 0) / 255 : 0,
    ),
};

it('is highest at the decisive pixel and 0 at irrelevant ones', async () => {
  const map = await occlusionMap(onePixel, new Uint8Array(784).fill(255), 3, 16);
  expect(map[ONE_PIXEL]).toBeCloseTo(1);
  expect(map[0]).toBe(0);
  expect(map[27 * 28 + 27]).toBe(0);
  expect(Math.max(...map)).toBeCloseTo(1);
});

it('is 0 everywhere if no pixel matters', async () => {
  const map = await occlusionMap(onePixel, new Uint8Array(784), 3, 64);
  expect(Math.max(...map)).toBe(0);
});

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
