/** Thousands of damaged variants of valid images in the real decoder and pool. */
import { createInspection } from '../../src/setup/inspection';
import { REJECTION_CODES } from '../../src/core/errors';
import type { ImageFormat } from '../../src/core/image';
import { isolateFailures } from '../../src/pipeline/isolation';
import type { BatchResult, Classifier } from '../../src/core/classification';
import { resolveModelDir } from '../../src/models/files';
import { createPool, type InferencePool } from '../../src/inference/pool';
import { packed } from '../fixtures/batch';
import { testImages, testLabels } from '../fixtures/fashion-mnist';
import { mutant, validImages, type Mutant } from '../fixtures/mutants';
import { describeWith } from '../helpers/parts';
import { silentLog } from '../helpers/log';

jest.setTimeout(600_000);

/** Others with MUTANTS_SEED=2 MUTANTS_COUNT=100000; MUTANTS_FIRST=4711 MUTANTS_COUNT=1 for one of them alone. */
const SEED = Number(process.env['MUTANTS_SEED'] ?? 1);
const COUNT = Number(process.env['MUTANTS_COUNT'] ?? 10_000);
const FIRST = Number(process.env['MUTANTS_FIRST'] ?? 0);
const WORKERS = 2;
const BATCH = 32;
/** Two images at the largest allowed size that are decoded at the same time, with their copies, take half of it, MiB. */
const MAX_GROWTH = 1024;
/** Allowed error codes of damaged images; losing a worker is not allowed. */
const FATES: readonly string[] = [
  'prediction',
  ...REJECTION_CODES.filter(
    (code) => !/^(WORKER|PROCESS|OUTCOME|DECODE_TIMEOUT|DESERIALIZE|HANDLER)/.test(code),
  ),
];

interface Candidate extends Mutant {
  readonly format: ImageFormat;
}

describeWith(['dataset'], 'damaged images in the pool', () => {
  const images = testImages();
  const labels = testLabels();
  const inspect = createInspection(16 * 1024 * 1024);
  const fates = new Map<string, number>();
  const wrong: string[] = [];
  const lost: string[] = [];
  let pool: InferencePool;
  let classifier: Classifier;
  let peak = 0;
  let sent = 0;

  beforeAll(async () => {
    pool = await createPool({
      modelDir: await resolveModelDir('fashion-mnist'),
      runtime: 'tfjs-wasm',
      workers: WORKERS,
      maxBatch: BATCH,
      invert: 'auto',
      taskTimeoutMs: 60_000,
      startTimeoutMs: 120_000,
      log: silentLog,
    });
    pool.onWorkerLost = (error) => lost.push(error.message);
    classifier = isolateFailures(pool, { attempts: 2, log: silentLog });
  }, 180_000);
  afterAll(() => pool.close());

  it(`end as predictions or known codes (seed ${SEED}, ${COUNT} images), and the next good one is right`, async () => {
    const seeds = await validImages(images.subarray(0, 784));
    const before = process.memoryUsage().rss;
    const next = numbers(FIRST, FIRST + COUNT);
    const lane = async (): Promise<void> => {
      for (let batch = take(next); batch.length > 0; batch = take(next)) await send(batch);
    };
    function take(from: Iterator<number, void>): Mutant[] {
      const mutants: Mutant[] = [];
      while (mutants.length < BATCH - 1) {
        const { value, done } = from.next();
        if (done) break;
        mutants.push(mutant(seeds, SEED, value));
      }
      return mutants;
    }
    await Promise.all(Array.from({ length: 2 * WORKERS }, lane));

    expect({ wrong, lost }).toEqual({ wrong: [], lost: [] });
    expect([...fates.values()].reduce((a, b) => a + b, 0)).toBe(COUNT);
    if (COUNT >= 10_000) {
      // Otherwise the damage would be too coarse to get past the first look.
      expect(fates.get('prediction')).toBeGreaterThan(COUNT / 20);
      expect(fates.get('CORRUPT')).toBeGreaterThan(COUNT / 20);
    }
    expect((peak - before) / 2 ** 20).toBeLessThan(MAX_GROWTH);
  });

  /** A good image goes behind them: what they do to the worker, it meets. */
  async function send(mutants: readonly Mutant[]): Promise<void> {
    const admitted = mutants.flatMap((one): Candidate[] => {
      const format = inspect({ value: one.bytes, headers: [] });
      if (typeof format === 'string') return [{ ...one, format }];
      note(one, format.code);
      return [];
    });
    const good = sent++ % 10_000;
    const batch = packed([...admitted, images.subarray(good * 784, (good + 1) * 784)]);
    const result = await classifier.classify(batch);
    for (const [i, one] of admitted.entries()) note(one, fateOf(result, i));
    if (labelAt(result, admitted.length) !== (await labelAlone(good))) {
      wrong.push(`the good image ${good} behind ${admitted.map(({ name }) => name).join('; ')}`);
    }
    peak = Math.max(peak, process.memoryUsage().rss);
  }

  function note({ name }: Mutant, fate: string): void {
    fates.set(fate, (fates.get(fate) ?? 0) + 1);
    if (!FATES.includes(fate)) wrong.push(`${name}: ${fate}`);
  }

  /** The model is wrong about some images; the damaged ones must not change what it says. */
  async function labelAlone(i: number): Promise<number> {
    const result = await pool.classify(packed([images.subarray(i * 784, (i + 1) * 784)]));
    return labelAt(result, 0);
  }

  it('leave a pool that still classifies the test images correctly', async () => {
    const batch = Array.from({ length: BATCH }, (_, i) => images.subarray(i * 784, (i + 1) * 784));
    const result = await pool.classify(packed(batch));
    const right = batch.filter((_, i) => labelAt(result, i) === labels[i]).length;
    expect(right).toBeGreaterThan(BATCH * 0.8);
  });
});

function fateOf(result: BatchResult, i: number): string {
  const failure = result.failures.get(i);
  if (failure) return failure.code;
  const probabilities = result.probabilities.subarray(i * 10, (i + 1) * 10);
  const sum = probabilities.reduce((a, b) => a + b, 0);
  return Math.abs(sum - 1) < 1e-3 ? 'prediction' : `probabilities that add up to ${sum}`;
}

function labelAt(result: BatchResult, i: number): number {
  const row = Array.from(result.probabilities.subarray(i * 10, (i + 1) * 10));
  return row.indexOf(Math.max(...row));
}

function* numbers(from: number, to: number): Generator<number, void> {
  for (let i = from; i < to; i++) yield i;
}
