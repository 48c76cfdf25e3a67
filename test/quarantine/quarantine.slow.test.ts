import { join } from 'node:path';
import { Quarantine } from '../../src/quarantine/quarantine';
import { CLASS_NAMES } from '../../src/core/labels';
import { toOutcomes } from '../../src/pipeline/outcomes';
import { packDeliveries } from '../../src/pipeline/packing';
import type { BatchResult } from '../../src/core/classification';
import { resolveModelDir } from '../../src/models/files';
import { packed } from '../fixtures/batch';
import { testImages, testLabels } from '../fixtures/fashion-mnist';
import { makeDelivery } from '../helpers/deliveries';
import { MODEL } from '../helpers/services';

jest.setTimeout(180_000);

const STAND_IN = join(__dirname, '../fixtures/quarantine-child.cjs');
const GOOD = 0;
const ABORTS = 1;
const HANGS = 2;
const EXITS = 3;
const FAILS = 4;

const opened: Quarantine[] = [];
afterEach(async () => {
  await Promise.all(opened.splice(0).map((one) => one.close()));
});

function open(modelDir: string, file?: string, taskTimeoutMs = 20_000): Quarantine {
  const limits = { taskTimeoutMs, startTimeoutMs: 60_000, invert: 'auto', runtime: 'tfjs-wasm' } as const;
  const log = { level: 'warn', format: 'json' } as const;
  const quarantine = new Quarantine(() => ({ pool: { modelDir, ...limits }, log }), file);
  opened.push(quarantine);
  return quarantine;
}

const image = (firstByte: number) => packed([Buffer.alloc(784, firstByte)]);

async function pidThatAnswers(quarantine: Quarantine): Promise<number> {
  const result = (await quarantine.classify(image(GOOD))) as BatchResult;
  return result.probabilities[0] as number;
}

describe('the quarantine', () => {
  it('classifies a good image like the pool, in its own process', async () => {
    const quarantine = open(await resolveModelDir('fashion-mnist'));
    const result = (await quarantine.classify(packed([testImages().subarray(0, 784)]))) as BatchResult;
    const row = Array.from(result.probabilities);
    expect(row.indexOf(Math.max(...row))).toBe(testLabels()[0]);
    expect(result.failures.size).toBe(0);
  });

  it('writes predictions with times of the clock of this process', async () => {
    const quarantine = open(await resolveModelDir('fashion-mnist'));
    const delivery = makeDelivery(0);
    const item = { delivery, bytes: delivery.value!, format: 'raw' as const };
    const batch = packDeliveries([item], CLASS_NAMES);
    const result = (await quarantine.classify(batch)) as BatchResult;
    const [outcome] = toOutcomes([delivery], batch, result, MODEL);
    if (outcome?.kind !== 'prediction') throw new Error('a prediction was expected');
    const { queueMs, totalMs } = outcome.prediction.timing;
    expect(totalMs).toBeGreaterThanOrEqual(queueMs);
    expect(totalMs).toBeLessThanOrEqual(outcome.totalMs + 0.01);
  });

  it('rejects an invalid image with the usual code', async () => {
    const quarantine = open(await resolveModelDir('fashion-mnist'));
    const json = { bytes: Buffer.from('{}'), format: 'json' } as const;
    const result = (await quarantine.classify(packed([json]))) as BatchResult;
    expect(result.failures.get(0)).toMatchObject({ code: 'BAD_ENVELOPE' });
  });

  it.each([
    ['aborts', ABORTS, 'was ended by SIGABRT'],
    ['exits', EXITS, 'exited with code 7'],
    ['fails', FAILS, 'failed: no worker any more'],
  ])(
    'reports the end of a child that %s, and starts another one for the next image',
    async (_, first, how) => {
      const quarantine = open('fine', STAND_IN);
      const before = await pidThatAnswers(quarantine);
      expect(await quarantine.classify(image(first))).toEqual({ kind: 'death', how });
      expect(await pidThatAnswers(quarantine)).not.toBe(before);
    },
  );

  it('kills a child that hangs', async () => {
    const limits = { taskTimeoutMs: 500, startTimeoutMs: 2_000, invert: 'auto', runtime: 'auto' } as const;
    const log = { level: 'warn', format: 'json' } as const;
    const quarantine = new Quarantine(() => ({ pool: { modelDir: 'fine', ...limits }, log }), STAND_IN);
    opened.push(quarantine);
    expect(await quarantine.classify(image(HANGS))).toEqual({
      kind: 'death',
      how: 'did not answer within 3000 ms',
    });
  });

  it('uses one child for consecutive images, one at a time', async () => {
    const quarantine = open('fine', STAND_IN);
    const pids = await Promise.all(Array.from({ length: 20 }, () => pidThatAnswers(quarantine)));
    expect(new Set(pids).size).toBe(1);
  });

  it('does not blame the image when the child does not start', async () => {
    for (const [modelDir, why] of [
      ['exit', 'exited with code 9'],
      ['unusable', 'no model here'],
    ] as const) {
      await expect(open(modelDir, STAND_IN).classify(image(GOOD))).rejects.toMatchObject({
        code: 'RUNTIME_UNAVAILABLE',
        message: expect.stringContaining(why) as string,
      });
    }
  });

  it('does not blame the open images when it closes', async () => {
    const quarantine = open('fine', STAND_IN);
    await pidThatAnswers(quarantine);
    const underWay = Promise.allSettled([
      quarantine.classify(image(HANGS)),
      quarantine.classify(image(GOOD)),
    ]);
    await quarantine.close();
    for (const one of await underWay) expect(one).toMatchObject({ reason: { code: 'NOT_READY' } });
  });
});
