import { appendFile, mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ModelChange } from '../../../src/core/model-version';
import { ModelKeeper, type KeeperOptions } from '../../../src/models/serving/model-keeper';
import { RolloutDesk } from '../../../src/models/serving/rollout-desk';
import { StreamInferError } from '../../../src/core/errors';
import { listVersionFolders, readModelFiles } from '../../../src/models/files';
import { toHeldOut } from '../../../src/models/serving/held-out';
import { ModelSlot } from '../../../src/models/serving/model-slot';
import { packed } from '../../fixtures/batch';
import { until } from '../../helpers/cli';
import { createGate, FakePool, openPools } from '../../helpers/fake-pool';
import { silentLog } from '../../helpers/log';
import { ModelVersions } from '../../helpers/model-versions';

jest.setTimeout(60_000);

let versions: ModelVersions;
let most: number;
const keepers: ModelKeeper[] = [];

beforeEach(async () => {
  versions = await ModelVersions.create();
  most = 0;
});
afterEach(async () => {
  await Promise.all(keepers.splice(0).map((keeper) => keeper.close()));
  openPools.clear();
  await versions.remove();
});

interface Stage {
  readonly keeper: ModelKeeper;
  readonly slot: ModelSlot;
  readonly rollout: RolloutDesk;
  readonly changes: ModelChange[];
  /** Pools that were started, by version. */
  readonly pools: Map<number, FakePool>;
  readonly serving: () => number;
  readonly states: () => Promise<string[]>;
}

/** A keeper over real folders, with pools that only look like ones. */
function open(
  options: Partial<KeeperOptions> = {},
  prepare: (pool: FakePool) => void = () => undefined,
): Stage {
  const pools = new Map([[1, new FakePool(1)]]);
  const slot = new ModelSlot(pools.get(1)!, {
    log: silentLog,
    onFailedBatch: ({ version }, { message }) => {
      keeper.trial.batchFailed(version, message, false);
      rollout.batchFailed(version, message, false);
    },
  });
  const rollout: RolloutDesk = new RolloutDesk({
    slot,
    onDisagreements: () => undefined,
    onFailed: (reason) => keeper.rolloutFailed(reason),
  });
  const labels = Uint8Array.from({ length: 100 }, (_, i) => i % 10);
  const pixels = new Uint8Array(100 * 784);
  for (const [i, label] of labels.entries()) pixels[i * 784] = label;
  const changes: ModelChange[] = [];
  const keeper: ModelKeeper = new ModelKeeper({
    control: 'explicit',
    slot,
    rollout,
    folders: () => listVersionFolders(versions.folder),
    read: readModelFiles,
    start: async ({ version }) => {
      const pool = new FakePool(version);
      pools.set(version, pool);
      most = Math.max(most, openPools.size);
      prepare(pool);
      return pool;
    },
    heldOut: async () => toHeldOut(pixels, labels, 784, 50),
    limits: { maxAccuracyDrop: 0.02, maxSlowdown: 2, trialMs: 3_600_000 },
    log: silentLog,
    onChange: (change) => changes.push(change),
    ...options,
  });
  keepers.push(keeper);
  return {
    keeper,
    slot,
    rollout,
    changes,
    pools,
    serving: () => slot.model.version,
    states: async () => (await keeper.list()).map(({ version, state }) => `${version} ${state}`),
  };
}

const reasonOf = async ({ keeper }: Stage, version: number) =>
  (await keeper.list()).find((one) => one.version === version)?.reason;

describe('loading a version', () => {
  it('takes the newest, or the one that is named, with what was measured', async () => {
    await versions.write(2, 'good');
    await versions.write(3, 'good');
    const stage = open();
    expect(await stage.keeper.load(2)).toMatchObject({
      version: 2,
      state: 'serving',
      accuracy: 0.9183,
      score: { accuracy: 1, batchMs: 1, batchSize: 50 },
    });
    expect(await stage.states()).toEqual(['1 standby', '2 serving', '3 available']);
    expect(await stage.keeper.load()).toMatchObject({ version: 3, state: 'serving' });
    expect(await stage.states()).toEqual(['1 available', '2 standby', '3 serving']);
    expect(stage.changes).toEqual(['loaded', 'loaded']);
    expect(most).toBe(2);
  });

  it('does nothing for the version that serves', async () => {
    const stage = open();
    expect(await stage.keeper.load(1)).toMatchObject({ version: 1, state: 'serving' });
    expect(stage.changes).toEqual([]);
  });

  it('knows no version that is not there', async () => {
    await expect(open().keeper.load(7)).rejects.toMatchObject({
      code: 'NOT_FOUND',
      message: 'There is no fashion-mnist@7 in the model’s folder; there: 1.'.replace('’', "'"),
    });
  });

  it('is refused to everybody where the model is fixed', async () => {
    await versions.write(2, 'good');
    const stage = open({ control: 'none' });
    for (const change of [stage.keeper.load(2), stage.keeper.unload()])
      await expect(change).rejects.toMatchObject({ code: 'MODEL_REFUSED' });
    expect(await stage.states()).toEqual(['1 serving', '2 available']);
  });

  it('is one change at a time', async () => {
    await versions.write(2, 'good');
    const gate = createGate();
    const stage = open({}, (pool) => void (pool.gate = gate.promise));
    const first = stage.keeper.load(2);
    await until(
      () => stage.pools.has(2),
      10_000,
      () => 'version 2 is not started',
    );
    expect(await stage.states()).toEqual(['1 serving', '2 loading']);
    for (const another of [
      stage.keeper.load(2),
      stage.keeper.unload(),
      stage.keeper.startRollout({ version: 2, mode: 'canary', share: 0.1 }),
      stage.keeper.endRollout(),
    ])
      await expect(another).rejects.toMatchObject({ code: 'MODEL_BUSY' });
    gate.open();
    expect(await first).toMatchObject({ state: 'serving' });
  });

  it('is refused when the folder goes away before it was read, and goes on when it was', async () => {
    await versions.write(2, 'good');
    await versions.write(3, 'good');
    const remove = (version: number) => rm(versions.dir(version), { recursive: true });
    const read = async (dir: string) => {
      if (dir === versions.dir(2)) await remove(2);
      return await readModelFiles(dir);
    };
    const gate = createGate();
    const stage = open({ read }, (pool) => void (pool.gate = gate.promise));
    await expect(stage.keeper.load(2)).rejects.toMatchObject({
      code: 'MODEL_REFUSED',
      message: expect.stringContaining('MODEL_MISSING') as string,
    });
    const load = stage.keeper.load(3);
    await until(
      () => stage.pools.has(3),
      10_000,
      () => 'version 3 is not started',
    );
    await remove(3);
    gate.open();
    expect(await load).toMatchObject({ version: 3, state: 'serving' });
    expect(await stage.keeper.unload()).toMatchObject({ version: 1, state: 'serving' });
    expect(await stage.states()).toEqual(['1 serving']);
  });

  it('is given up when the process stops, and nothing is left running', async () => {
    await versions.write(2, 'good');
    const gate = createGate();
    const stage = open({}, (pool) => void (pool.gate = gate.promise));
    const load = stage.keeper.load(2);
    await until(
      () => stage.pools.get(2)?.batches === 1,
      10_000,
      () => 'nothing is compared',
    );
    const closed = stage.keeper.close();
    expect(stage.pools.get(2)!.closed).toBe(true);
    gate.open();
    await expect(load).rejects.toMatchObject({ code: 'NOT_READY', message: 'The process is stopping.' });
    await closed;
    expect(stage.serving()).toBe(1);
    expect(stage.changes).toEqual([]);
    await expect(stage.keeper.load(2)).rejects.toMatchObject({ code: 'NOT_READY' });
  });

  it('gives up workers that are still starting when the process stops', async () => {
    await versions.write(2, 'good');
    let started!: () => void;
    const starting = new Promise<void>((resolve) => (started = resolve));
    const start = (_: unknown, signal: AbortSignal) =>
      new Promise<never>((_resolve, reject) => {
        signal.addEventListener('abort', () => reject(new StreamInferError('NOT_READY', 'Given up.')));
        started();
      });
    const stage = open({ start });
    const load = stage.keeper.load(2);
    await starting;
    const refused = expect(load).rejects.toMatchObject({ code: 'NOT_READY' });
    await stage.keeper.close();
    await refused;
    expect(await stage.states()).toEqual(['1 serving', '2 available']);
  });
});

describe('a version that is not as it should be', () => {
  it.each([
    ['corrupted', () => versions.writeCorrupted(2), 'MODEL_CORRUPT'],
    ['half written', () => versions.writeHalf(2), 'has 400000 bytes'],
    ['without a manifest', () => mkdir(versions.dir(2)), 'MODEL_MISSING'],
    ['of another shape', () => versions.writeOtherShape(2), '14 × 56 pixels'],
    ['with other labels', () => versions.write(2, 'other labels'), 'its class 0 is Trouser'],
    ['with fewer labels', () => versions.write(2, 'fewer labels'), 'it tells 5 classes apart'],
  ])('%s is refused with the reason before any worker is started', async (_, write, reason) => {
    await write();
    const stage = open();
    await expect(stage.keeper.load(2)).rejects.toMatchObject({
      code: 'MODEL_REFUSED',
      message: expect.stringContaining(reason) as string,
    });
    expect(await reasonOf(stage, 2)).toContain(reason);
    expect(await stage.states()).toEqual(['1 serving', '2 refused']);
    expect([...stage.pools.keys()]).toEqual([1]);
    expect(stage.changes).toEqual(['refused']);
  });

  it.each([
    ['less exact', (pool: FakePool) => void (pool.wrongClasses = 1), '90.0 % of the held-out images'],
    ['slow', (pool: FakePool) => void (pool.inferenceMs = 3), '3.00 ms for 50 images'],
    [
      'unable to classify',
      (pool: FakePool) => void (pool.failure = new StreamInferError('WORKER_CRASH', 'It threw.')),
      'WORKER_CRASH: It threw.',
    ],
  ])('%s is refused with the reason, and its workers end', async (_, prepare, reason) => {
    await versions.write(2, 'good');
    const stage = open({}, prepare);
    await expect(stage.keeper.load(2)).rejects.toMatchObject({
      code: 'MODEL_REFUSED',
      message: expect.stringContaining(reason) as string,
    });
    expect(await reasonOf(stage, 2)).toContain(reason);
    expect(stage.serving()).toBe(1);
    expect(stage.pools.get(2)!.closed).toBe(true);
    expect(stage.pools.get(1)!.closed).toBe(false);
  });

  it('is refused when its workers do not start', async () => {
    await versions.write(2, 'good');
    const start = async () => {
      throw new StreamInferError('MODEL_CORRUPT', 'It does not reproduce its golden vectors.');
    };
    const stage = open({ start });
    await expect(stage.keeper.load(2)).rejects.toMatchObject({ code: 'MODEL_REFUSED' });
    expect(await reasonOf(stage, 2)).toBe('MODEL_CORRUPT: It does not reproduce its golden vectors.');
  });
});

describe('going back', () => {
  it('is immediate while the version before stands by, and the other one is not taken again by a poll', async () => {
    await versions.write(2, 'good');
    const stage = open({ control: 'poll' });
    await stage.keeper.load(2);
    expect(await stage.keeper.unload()).toMatchObject({ version: 1, state: 'serving' });
    expect(await stage.states()).toEqual(['1 serving', '2 withdrawn']);
    expect(stage.pools.get(2)!.closed).toBe(true);
    expect(openPools.size).toBe(1);
    for (let i = 0; i < 3; i++) await stage.keeper.takeNewest();
    expect(stage.serving()).toBe(1);
    expect(stage.changes).toEqual(['loaded', 'rolled_back']);
  });

  it('reads the version before again when the trial is over', async () => {
    await versions.write(2, 'good');
    const stage = open({ limits: { maxAccuracyDrop: 0.02, maxSlowdown: 2, trialMs: 1 } });
    await stage.keeper.load(2);
    await until(
      () => stage.slot.standby === null,
      10_000,
      () => 'the trial goes on',
    );
    expect(stage.pools.get(1)!.closed).toBe(true);
    expect(await stage.keeper.unload(2)).toMatchObject({ version: 1, state: 'serving' });
    expect(openPools.size).toBe(1);
    expect(most).toBe(2);
  });

  it('is refused when nothing served before', async () => {
    await expect(open().keeper.unload()).rejects.toMatchObject({ code: 'MODEL_REFUSED' });
  });

  it('lets only go what stands by when that is named', async () => {
    await versions.write(2, 'good');
    const stage = open();
    await stage.keeper.load(2);
    expect(await stage.keeper.unload(1)).toMatchObject({ version: 2, state: 'serving' });
    expect(await stage.states()).toEqual(['1 available', '2 serving']);
    await expect(stage.keeper.unload(9)).rejects.toMatchObject({ code: 'NOT_FOUND' });
  });

  it('happens by itself when the model on trial fails at batches', async () => {
    await versions.write(2, 'good');
    const stage = open();
    await stage.keeper.load(2);
    stage.pools.get(2)!.failure = new StreamInferError('WORKER_CRASH', 'A worker died.');
    for (let i = 0; i < 4; i++) {
      const { failures, model } = await stage.slot.classify(packed([Buffer.alloc(784, 3)]));
      expect(failures.size).toBe(0);
      expect(model?.version).toBe(1);
    }
    await until(
      () => stage.changes.includes('rolled_back'),
      10_000,
      () => 'not rolled back',
    );
    expect(stage.serving()).toBe(1);
    expect(await reasonOf(stage, 2)).toContain('It failed at 3 batches');
  });
});

describe('a version beside', () => {
  it('passes what a version has to pass, and is compared until it ends', async () => {
    await versions.write(2, 'good');
    await versions.write(3, 'other labels');
    const stage = open();
    await expect(stage.keeper.startRollout({ version: 3, mode: 'shadow', share: 1 })).rejects.toMatchObject({
      code: 'MODEL_REFUSED',
    });
    await expect(stage.keeper.startRollout({ version: 1, mode: 'shadow', share: 1 })).rejects.toMatchObject({
      code: 'MODEL_REFUSED',
    });
    const state = await stage.keeper.startRollout({ version: 2, mode: 'canary', share: 0.1 });
    expect(state).toMatchObject({ mode: 'canary', version: 2, share: 0.1 });
    expect(await stage.states()).toEqual(['1 serving', '2 canary', '3 refused']);
    await stage.keeper.endRollout();
    expect(stage.keeper.rollout()).toBeNull();
    expect(await stage.states()).toEqual(['1 serving', '2 available', '3 refused']);
    expect(stage.pools.get(2)!.closed).toBe(true);
  });

  it('serves at once when it is loaded, on trial, and without being started again', async () => {
    await versions.write(2, 'good');
    const stage = open();
    await stage.keeper.startRollout({ mode: 'shadow', share: 1 });
    expect(await stage.states()).toEqual(['1 serving', '2 shadow']);
    const pool = stage.pools.get(2);
    expect(await stage.keeper.load(2)).toMatchObject({ state: 'serving' });
    expect(stage.pools.get(2)).toBe(pool);
    expect(stage.rollout.shadow).toBeNull();
    expect(await stage.states()).toEqual(['1 standby', '2 serving']);
    await stage.keeper.unload();
    expect(stage.serving()).toBe(1);
  });

  it('makes room for another one, and never are there three', async () => {
    await versions.write(2, 'good');
    await versions.write(3, 'good');
    const stage = open();
    await stage.keeper.startRollout({ version: 2, mode: 'canary', share: 0.1 });
    await stage.keeper.startRollout({ version: 3, mode: 'shadow', share: 1 });
    expect(await stage.states()).toEqual(['1 serving', '2 available', '3 shadow']);
    await stage.keeper.load(2);
    expect(await stage.states()).toEqual(['1 standby', '2 serving', '3 available']);
    expect(most).toBe(2);
  });

  it('is taken back by itself when it fails', async () => {
    await versions.write(2, 'good');
    const stage = open();
    await stage.keeper.startRollout({ mode: 'canary', share: 1 });
    stage.pools.get(2)!.failure = new StreamInferError('WORKER_CRASH', 'A worker died.');
    for (let i = 0; i < 3; i++) await stage.slot.classifyBeside(packed([Buffer.alloc(784, 3)]));
    await until(
      async () => (await stage.states())[1] === '2 withdrawn',
      10_000,
      () => 'still there',
    );
    expect(await reasonOf(stage, 2)).toBe('It failed at 3 batches as canary: A worker died.');
    expect(openPools.size).toBe(1);
  });

  it('ends when it is unloaded, and is not pushed out by a poll', async () => {
    await versions.write(2, 'good');
    const stage = open({ control: 'poll' });
    await stage.keeper.startRollout({ mode: 'shadow', share: 1 });
    await versions.write(3, 'good');
    for (let i = 0; i < 3; i++) await stage.keeper.takeNewest();
    expect(await stage.states()).toEqual(['1 serving', '2 shadow', '3 available']);
    expect(await stage.keeper.unload(2)).toMatchObject({ version: 1, state: 'serving' });
    expect(stage.slot.beside).toBeNull();
  });
});

describe('a poll', () => {
  it('takes a version when two looks found the same', async () => {
    const stage = open({ control: 'poll' });
    await stage.keeper.takeNewest();
    await versions.write(2, 'good');
    await stage.keeper.takeNewest();
    expect(stage.serving()).toBe(1);
    await stage.keeper.takeNewest();
    expect(stage.serving()).toBe(2);
  });

  it('never takes a half-copied version, and takes it when the copy is whole', async () => {
    const stage = open({ control: 'poll' });
    await versions.writeHalf(2);
    await stage.keeper.takeNewest();
    await stage.keeper.takeNewest();
    expect(await stage.states()).toEqual(['1 serving', '2 refused']);
    await stage.keeper.takeNewest();
    expect(stage.changes).toEqual(['refused']);
    await versions.writeOtherHalf(2);
    expect(await stage.states()).toEqual(['1 serving', '2 available']);
    await stage.keeper.takeNewest();
    await stage.keeper.takeNewest();
    expect(await stage.states()).toEqual(['1 standby', '2 serving']);
    expect([...stage.pools.keys()]).toEqual([1, 2]);
  });

  it('leaves a folder alone that still changes, or has no manifest', async () => {
    const stage = open({ control: 'poll' });
    await mkdir(versions.dir(3));
    await writeFile(join(versions.dir(3), 'weights.bin'), 'half');
    await versions.write(2, 'good');
    for (let i = 0; i < 3; i++) {
      await appendFile(join(versions.dir(2), 'MODEL_CARD.md'), 'more\n');
      await stage.keeper.takeNewest();
    }
    expect(stage.serving()).toBe(1);
    expect(stage.changes).toEqual([]);
  });

  it('tries the next one when the newest is refused', async () => {
    const stage = open({ control: 'poll' });
    await versions.write(2, 'good');
    await versions.writeCorrupted(3);
    for (let i = 0; i < 3; i++) await stage.keeper.takeNewest();
    expect(await stage.states()).toEqual(['1 standby', '2 serving', '3 refused']);
  });

  it('does not bring back the version that a call replaced by an older one', async () => {
    await versions.write(2, 'good');
    const stage = open({ control: 'poll' });
    await stage.keeper.load(2);
    await stage.keeper.load(1);
    for (let i = 0; i < 3; i++) await stage.keeper.takeNewest();
    expect(stage.serving()).toBe(1);
  });

  it('goes on when the folder is gone', async () => {
    const folders = async () => {
      throw new StreamInferError('FILE_UNREADABLE', 'No such disk.');
    };
    await open({ control: 'poll', folders }).keeper.takeNewest();
  });
});
