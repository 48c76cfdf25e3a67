import type { Delivery } from '../../src/core/message';
import { defaultPace } from '../../src/pipeline/pace';
import { Pipeline } from '../../src/pipeline/pipeline';
import type { PackedBatch } from '../../src/core/classification';
import { makeDelivery } from '../helpers/deliveries';
import { silentLog } from '../helpers/log';
import { answerOf } from '../helpers/predictions';

const IMAGES = 200;
const turn = async (): Promise<void> => await new Promise((resolve) => setImmediate(resolve));

/** Takes all images with at most `ahead` in flight; how many there were at the most, and batches at the same time. */
async function runWith(pace: { readonly ahead: number; readonly parallelism: number }) {
  const left = Array.from({ length: IMAGES }, (_, i) => makeDelivery(i));
  const seen = { held: 0, mostHeld: 0, running: 0, mostRunning: 0, calls: 0 };
  const pipeline = new Pipeline(
    {
      source: {
        isCurrent: () => true,
        receive: async (max): Promise<Delivery[]> => {
          await turn();
          const taken = left.splice(0, max);
          seen.calls++;
          seen.mostHeld = Math.max(seen.mostHeld, (seen.held += taken.length));
          return taken;
        },
      },
      classifier: {
        model: { name: 'm', version: 1, sha256: '', runtime: 'tfjs-wasm', precision: 'fp32' },
        parallelism: 2,
        classify: async (batch: PackedBatch) => {
          seen.mostRunning = Math.max(seen.mostRunning, ++seen.running);
          await turn();
          seen.running--;
          return answerOf(batch, new Float32Array(batch.size * 10).fill(0.1));
        },
      },
      outbox: {
        stalled: false,
        deliver: async (outcomes) => {
          await turn();
          seen.held -= outcomes.length;
          return outcomes;
        },
      },
      inspect: () => 'raw',
      observers: [],
      pace: { ...defaultPace(2), ...pace },
      log: silentLog,
    },
    {
      maxBatch: 4,
      parallelism: 2,
      maxInteractive: 4,
      inFlight: { messages: 100, bytes: 1e6 },
      maxDeliveries: IMAGES,
    },
  );
  await pipeline.run();
  const report = await pipeline.drain(new AbortController().signal);
  return { ...seen, settled: report.settled };
}

describe('the pipeline with a pace', () => {
  it('has no more in flight than the pace allows, and takes in steps', async () => {
    const { mostHeld, settled, calls } = await runWith({ ahead: 12, parallelism: 2 });
    expect(settled).toBe(IMAGES);
    expect(mostHeld).toBeLessThanOrEqual(12);
    expect(mostHeld).toBeGreaterThanOrEqual(8);
    // At least a quarter of what may be in flight at a time.
    expect(calls).toBeLessThanOrEqual(IMAGES / 3 + 1);
  });

  it('continues with one message in flight', async () => {
    const { mostHeld, settled } = await runWith({ ahead: 1, parallelism: 1 });
    expect([mostHeld, settled]).toEqual([1, IMAGES]);
  });

  it('stays within its limits where the pace allows more', async () => {
    const { mostHeld, settled } = await runWith({ ahead: 1e6, parallelism: 2 });
    expect(settled).toBe(IMAGES);
    expect(mostHeld).toBeLessThanOrEqual(100);
  });
});
