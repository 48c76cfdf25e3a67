import { appendFile, mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ModelChange } from '../../../src/core/model-version';
import { ModelManager, type ManagerOptions } from '../../../src/models/serving/manager';
import { RolloutController } from '../../../src/models/serving/rollout';
import { StreamInferError } from '../../../src/core/errors';
import { resolveRules } from '../../../src/core/resolve-rules';
import type { ConfiguredRule } from '../../../src/core/rule';
import { listVersionFolders, readModelFiles } from '../../../src/models/files';
import { toHeldOut } from '../../../src/models/serving/gates';
import { ModelRouter } from '../../../src/models/serving/router';
import type { ModelIdentity } from '../../../src/core/prediction';
import { StreamTrial, type VersionDrift } from '../../../src/models/serving/stream-trial';
import { packed } from '../../fixtures/batch';
import { until } from '../../helpers/cli';
import { createGate, FakePool, openPools } from '../../helpers/fake-pool';
import { silentLog } from '../../helpers/log';
import { ModelVersions } from '../../helpers/model-versions';
import { createOutcome } from '../../helpers/services';

jest.setTimeout(60_000);

let versions: ModelVersions;
let most: number;
const managers: ModelManager[] = [];

beforeEach(async () => {
  versions = await ModelVersions.create();
  most = 0;
});
afterEach(async () => {
  await Promise.all(managers.splice(0).map((manager) => manager.close()));
  openPools.clear();
  await versions.remove();
});

interface Stage {
  readonly manager: ModelManager;
  readonly router: ModelRouter;
  readonly rollout: RolloutController;
  readonly changes: ModelChange[];
  /** Started pools by version. */
  readonly pools: Map<number, FakePool>;
  readonly active: () => number;
  readonly states: () => Promise<string[]>;
}

/** A manager with real folders and fake pools. */
function open(
  options: Partial<ManagerOptions> = {},
  prepare: (pool: FakePool) => void = () => undefined,
): Stage {
  const pools = new Map([[1, new FakePool(1)]]);
  const router = new ModelRouter(pools.get(1)!, silentLog);
  const rollout = new RolloutController({ router, onDisagreements: () => undefined });
  const labels = Uint8Array.from({ length: 100 }, (_, i) => i % 10);
  const pixels = new Uint8Array(100 * 784);
  for (const [i, label] of labels.entries()) pixels[i * 784] = label;
  const changes: ModelChange[] = [];
  const manager = new ModelManager({
    control: 'explicit',
    router,
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
  managers.push(manager);
  return {
    manager,
    router,
    rollout,
    changes,
    pools,
    active: () => router.model.version,
    states: async () => (await manager.list()).map(({ version, state }) => `${version} ${state}`),
  };
}

const reasonOf = async ({ manager }: Stage, version: number) =>
  (await manager.list()).find((one) => one.version === version)?.reason;

describe('loading a version', () => {
  it('loads the newest or the given version and reports its score', async () => {
    await versions.write(2, 'good');
    await versions.write(3, 'good');
    const stage = open();
    expect(await stage.manager.load(2)).toMatchObject({
      version: 2,
      state: 'serving',
      accuracy: 0.9183,
      score: { accuracy: 1, batchMs: 1, batchSize: 50 },
    });
    expect(await stage.states()).toEqual(['1 standby', '2 serving', '3 available']);
    expect(await stage.manager.load()).toMatchObject({ version: 3, state: 'serving' });
    expect(await stage.states()).toEqual(['1 available', '2 standby', '3 serving']);
    expect(stage.changes).toEqual(['loaded', 'loaded']);
    expect(most).toBe(2);
  });

  it('does nothing for the active version', async () => {
    const stage = open();
    expect(await stage.manager.load(1)).toMatchObject({ version: 1, state: 'serving' });
    expect(stage.changes).toEqual([]);
  });

  it('rejects an unknown version', async () => {
    await expect(open().manager.load(7)).rejects.toMatchObject({
      code: 'NOT_FOUND',
      message: "there is no fashion-mnist@7 in the model's folder; known versions: 1",
    });
  });

  it('is refused with model control none', async () => {
    await versions.write(2, 'good');
    const stage = open({ control: 'none' });
    for (const change of [stage.manager.load(2), stage.manager.unload()])
      await expect(change).rejects.toMatchObject({ code: 'MODEL_REFUSED' });
    expect(await stage.states()).toEqual(['1 serving', '2 available']);
  });

  it('excludes other changes meanwhile', async () => {
    await versions.write(2, 'good');
    const gate = createGate();
    const stage = open({}, (pool) => void (pool.gate = gate.promise));
    const first = stage.manager.load(2);
    await until(
      () => stage.pools.has(2),
      10_000,
      () => 'version 2 is not started',
    );
    expect(await stage.states()).toEqual(['1 serving', '2 loading']);
    for (const another of [
      stage.manager.load(2),
      stage.manager.unload(),
      stage.manager.startRollout({ version: 2, mode: 'canary', share: 0.1 }),
      stage.manager.endRollout(),
    ])
      await expect(another).rejects.toMatchObject({ code: 'MODEL_BUSY' });
    gate.open();
    expect(await first).toMatchObject({ state: 'serving' });
  });

  it('is refused if the folder is removed before it is read, but not afterwards', async () => {
    await versions.write(2, 'good');
    await versions.write(3, 'good');
    const remove = (version: number) => rm(versions.dir(version), { recursive: true });
    const read = async (dir: string) => {
      if (dir === versions.dir(2)) await remove(2);
      return await readModelFiles(dir);
    };
    const gate = createGate();
    const stage = open({ read }, (pool) => void (pool.gate = gate.promise));
    await expect(stage.manager.load(2)).rejects.toMatchObject({
      code: 'MODEL_REFUSED',
      message: expect.stringContaining('MODEL_MISSING') as string,
    });
    const load = stage.manager.load(3);
    await until(
      () => stage.pools.has(3),
      10_000,
      () => 'version 3 is not started',
    );
    await remove(3);
    gate.open();
    expect(await load).toMatchObject({ version: 3, state: 'serving' });
    expect(await stage.manager.unload()).toMatchObject({ version: 1, state: 'serving' });
    expect(await stage.states()).toEqual(['1 serving']);
  });

  it('is aborted by a shutdown and leaves nothing running', async () => {
    await versions.write(2, 'good');
    const gate = createGate();
    const stage = open({}, (pool) => void (pool.gate = gate.promise));
    const load = stage.manager.load(2);
    await until(
      () => stage.pools.get(2)?.batches === 1,
      10_000,
      () => 'nothing is compared',
    );
    const closed = stage.manager.close();
    expect(stage.pools.get(2)!.closed).toBe(true);
    gate.open();
    await expect(load).rejects.toMatchObject({ code: 'NOT_READY', message: 'the process is stopping' });
    await closed;
    expect(stage.active()).toBe(1);
    expect(stage.changes).toEqual([]);
    await expect(stage.manager.load(2)).rejects.toMatchObject({ code: 'NOT_READY' });
  });

  it('aborts workers that are still starting at a shutdown', async () => {
    await versions.write(2, 'good');
    let started!: () => void;
    const starting = new Promise<void>((resolve) => (started = resolve));
    const start = (_: unknown, signal: AbortSignal) =>
      new Promise<never>((_resolve, reject) => {
        signal.addEventListener('abort', () => reject(new StreamInferError('NOT_READY', 'Given up.')));
        started();
      });
    const stage = open({ start });
    const load = stage.manager.load(2);
    await starting;
    const refused = expect(load).rejects.toMatchObject({ code: 'NOT_READY' });
    await stage.manager.close();
    await refused;
    expect(await stage.states()).toEqual(['1 serving', '2 available']);
  });
});

describe('an invalid version', () => {
  it.each([
    ['corrupted', () => versions.writeCorrupted(2), 'MODEL_CORRUPT'],
    ['half written', () => versions.writeHalf(2), 'has 400000 bytes'],
    ['without a manifest', () => mkdir(versions.dir(2)), 'MODEL_MISSING'],
    ['of another shape', () => versions.writeOtherShape(2), '14 × 56 pixels'],
    ['with other labels', () => versions.write(2, 'other labels'), 'its class 0 is Trouser'],
    ['with fewer labels', () => versions.write(2, 'fewer labels'), 'it has 5 classes'],
  ])('%s is refused with the reason before workers start', async (_, write, reason) => {
    await write();
    const stage = open();
    await expect(stage.manager.load(2)).rejects.toMatchObject({
      code: 'MODEL_REFUSED',
      message: expect.stringContaining(reason) as string,
    });
    expect(await reasonOf(stage, 2)).toContain(reason);
    expect(await stage.states()).toEqual(['1 serving', '2 refused']);
    expect([...stage.pools.keys()]).toEqual([1]);
    expect(stage.changes).toEqual(['refused']);
  });

  it('for which a rule can never fire is refused with the rule, before workers start', async () => {
    await versions.write(2, 'good');
    const rule = { name: 'crowd', kind: 'objects', severity: 'warning', moreThan: 5, minConfidence: 0 };
    const stage = open({
      assertConfigured: ({ shape, output }) =>
        void resolveRules([rule as ConfiguredRule], shape.labels, output.objects),
    });
    const reason = 'the rule crowd: the model classifies whole images';
    await expect(stage.manager.load(2)).rejects.toMatchObject({
      code: 'MODEL_REFUSED',
      message: expect.stringContaining(reason) as string,
    });
    expect(await stage.states()).toEqual(['1 serving', '2 refused']);
    expect([...stage.pools.keys()]).toEqual([1]);
  });

  it.each([
    [
      'less accurate',
      (pool: FakePool) => void (pool.wrongClasses = 1),
      'accuracy on the held-out images is 90.0 %',
    ],
    ['slow', (pool: FakePool) => void (pool.inferenceMs = 3), '3.00 ms for 50 images'],
    [
      'unable to classify',
      (pool: FakePool) => void (pool.failure = new StreamInferError('WORKER_CRASH', 'It threw.')),
      'WORKER_CRASH: It threw.',
    ],
  ])('%s is refused with the reason and its workers end', async (_, prepare, reason) => {
    await versions.write(2, 'good');
    const stage = open({}, prepare);
    await expect(stage.manager.load(2)).rejects.toMatchObject({
      code: 'MODEL_REFUSED',
      message: expect.stringContaining(reason) as string,
    });
    expect(await reasonOf(stage, 2)).toContain(reason);
    expect(stage.active()).toBe(1);
    expect(stage.pools.get(2)!.closed).toBe(true);
    expect(stage.pools.get(1)!.closed).toBe(false);
  });

  it('is refused if its workers do not start', async () => {
    await versions.write(2, 'good');
    const start = async () => {
      throw new StreamInferError('MODEL_CORRUPT', 'It does not reproduce its golden vectors.');
    };
    const stage = open({ start });
    await expect(stage.manager.load(2)).rejects.toMatchObject({ code: 'MODEL_REFUSED' });
    expect(await reasonOf(stage, 2)).toBe('MODEL_CORRUPT: It does not reproduce its golden vectors.');
  });
});

describe('a rollback', () => {
  it('is immediate while the previous version is warm, and polls skip the withdrawn version', async () => {
    await versions.write(2, 'good');
    const stage = open({ control: 'poll' });
    await stage.manager.load(2);
    expect(await stage.manager.unload()).toMatchObject({ version: 1, state: 'serving' });
    expect(await stage.states()).toEqual(['1 serving', '2 withdrawn']);
    expect(stage.pools.get(2)!.closed).toBe(true);
    expect(openPools.size).toBe(1);
    for (let i = 0; i < 3; i++) await stage.manager.pollNewest();
    expect(stage.active()).toBe(1);
    expect(stage.changes).toEqual(['loaded', 'rolled_back']);
  });

  it('loads the previous version again after the probation', async () => {
    await versions.write(2, 'good');
    const stage = open({ limits: { maxAccuracyDrop: 0.02, maxSlowdown: 2, trialMs: 1 } });
    await stage.manager.load(2);
    await until(
      () => stage.router.previous === null,
      10_000,
      () => 'the probation has not ended',
    );
    expect(stage.pools.get(1)!.closed).toBe(true);
    expect(await stage.manager.unload(2)).toMatchObject({ version: 1, state: 'serving' });
    expect(openPools.size).toBe(1);
    expect(most).toBe(2);
  });

  it('is refused without a previous version', async () => {
    await expect(open().manager.unload()).rejects.toMatchObject({ code: 'MODEL_REFUSED' });
  });

  it('only retires the previous version if that is unloaded', async () => {
    await versions.write(2, 'good');
    const stage = open();
    await stage.manager.load(2);
    expect(await stage.manager.unload(1)).toMatchObject({ version: 2, state: 'serving' });
    expect(await stage.states()).toEqual(['1 available', '2 serving']);
    await expect(stage.manager.unload(9)).rejects.toMatchObject({ code: 'NOT_FOUND' });
  });

  it('is automatic if the new version drifts on probation, with the reason', async () => {
    await versions.write(2, 'good');
    let isLoaded = false;
    const driftOf = ({ version }: ModelIdentity): VersionDrift => ({
      baseline: {},
      latest: isLoaded ? { measures: [{ measure: 'classes', index: version - 1, limit: 0.1 }] } : null,
    });
    const stage = open({ trial: new StreamTrial({ maxTrialSlowdown: 5, maxTrialDrift: 0.25 }, driftOf) });
    await stage.manager.load(2);
    isLoaded = true;
    stage.manager.probation.onOutcomes([createOutcome({ model: stage.router.model })]);
    await until(
      () => stage.changes.length === 2,
      10_000,
      () => 'version 2 is still active',
    );
    expect(stage.active()).toBe(1);
    expect(stage.changes).toEqual(['loaded', 'rolled_back']);
    expect(await reasonOf(stage, 2)).toContain(
      'Its classes drifted from its baseline: index 1.00, against 0.00',
    );
  });

  it('is automatic if batches fail on probation', async () => {
    await versions.write(2, 'good');
    const stage = open();
    await stage.manager.load(2);
    stage.pools.get(2)!.failure = new StreamInferError('WORKER_CRASH', 'A worker died.');
    for (let i = 0; i < 4; i++) {
      const { failures, model } = await stage.router.classify(packed([Buffer.alloc(784, 3)]));
      expect(failures.size).toBe(0);
      expect(model?.version).toBe(1);
    }
    await until(
      () => stage.changes.includes('rolled_back'),
      10_000,
      () => 'not rolled back',
    );
    expect(stage.active()).toBe(1);
    expect(await reasonOf(stage, 2)).toContain('3 batches failed');
  });
});

describe('a candidate', () => {
  it('must pass the same gates and is compared until its end', async () => {
    await versions.write(2, 'good');
    await versions.write(3, 'other labels');
    const stage = open();
    await expect(stage.manager.startRollout({ version: 3, mode: 'shadow', share: 1 })).rejects.toMatchObject({
      code: 'MODEL_REFUSED',
    });
    await expect(stage.manager.startRollout({ version: 1, mode: 'shadow', share: 1 })).rejects.toMatchObject({
      code: 'MODEL_REFUSED',
    });
    const state = await stage.manager.startRollout({ version: 2, mode: 'canary', share: 0.1 });
    expect(state).toMatchObject({ mode: 'canary', version: 2, share: 0.1 });
    expect(await stage.states()).toEqual(['1 serving', '2 canary', '3 refused']);
    await stage.manager.endRollout();
    expect(stage.manager.rollout()).toBeNull();
    expect(await stage.states()).toEqual(['1 serving', '2 available', '3 refused']);
    expect(stage.pools.get(2)!.closed).toBe(true);
  });

  it('is promoted on load without a restart, on probation', async () => {
    await versions.write(2, 'good');
    const stage = open();
    await stage.manager.startRollout({ mode: 'shadow', share: 1 });
    expect(await stage.states()).toEqual(['1 serving', '2 shadow']);
    const pool = stage.pools.get(2);
    expect(await stage.manager.load(2)).toMatchObject({ state: 'serving' });
    expect(stage.pools.get(2)).toBe(pool);
    expect(stage.rollout.shadow).toBeNull();
    expect(await stage.states()).toEqual(['1 standby', '2 serving']);
    await stage.manager.unload();
    expect(stage.active()).toBe(1);
  });

  it('is replaced by another one, with at most two pools open', async () => {
    await versions.write(2, 'good');
    await versions.write(3, 'good');
    const stage = open();
    await stage.manager.startRollout({ version: 2, mode: 'canary', share: 0.1 });
    await stage.manager.startRollout({ version: 3, mode: 'shadow', share: 1 });
    expect(await stage.states()).toEqual(['1 serving', '2 available', '3 shadow']);
    await stage.manager.load(2);
    expect(await stage.states()).toEqual(['1 standby', '2 serving', '3 available']);
    expect(most).toBe(2);
  });

  it('is withdrawn automatically if it fails', async () => {
    await versions.write(2, 'good');
    const stage = open();
    await stage.manager.startRollout({ mode: 'canary', share: 1 });
    stage.pools.get(2)!.failure = new StreamInferError('WORKER_CRASH', 'A worker died.');
    for (let i = 0; i < 3; i++) await stage.router.classifyWithCandidate(packed([Buffer.alloc(784, 3)]));
    await until(
      async () => (await stage.states())[1] === '2 withdrawn',
      10_000,
      () => 'still there',
    );
    expect(await reasonOf(stage, 2)).toBe('3 batches failed as canary: A worker died.');
    expect(openPools.size).toBe(1);
  });

  it('ends on unload and is not replaced by a poll', async () => {
    await versions.write(2, 'good');
    const stage = open({ control: 'poll' });
    await stage.manager.startRollout({ mode: 'shadow', share: 1 });
    await versions.write(3, 'good');
    for (let i = 0; i < 3; i++) await stage.manager.pollNewest();
    expect(await stage.states()).toEqual(['1 serving', '2 shadow', '3 available']);
    expect(await stage.manager.unload(2)).toMatchObject({ version: 1, state: 'serving' });
    expect(stage.router.candidate).toBeNull();
  });
});

describe('a poll', () => {
  it('loads a version that two polls found unchanged', async () => {
    const stage = open({ control: 'poll' });
    await stage.manager.pollNewest();
    await versions.write(2, 'good');
    await stage.manager.pollNewest();
    expect(stage.active()).toBe(1);
    await stage.manager.pollNewest();
    expect(stage.active()).toBe(2);
  });

  it('refuses a half-copied version and loads it once complete', async () => {
    const stage = open({ control: 'poll' });
    await versions.writeHalf(2);
    await stage.manager.pollNewest();
    await stage.manager.pollNewest();
    expect(await stage.states()).toEqual(['1 serving', '2 refused']);
    await stage.manager.pollNewest();
    expect(stage.changes).toEqual(['refused']);
    await versions.writeOtherHalf(2);
    expect(await stage.states()).toEqual(['1 serving', '2 available']);
    await stage.manager.pollNewest();
    await stage.manager.pollNewest();
    expect(await stage.states()).toEqual(['1 standby', '2 serving']);
    expect([...stage.pools.keys()]).toEqual([1, 2]);
  });

  it('skips a folder that still changes or has no manifest', async () => {
    const stage = open({ control: 'poll' });
    await mkdir(versions.dir(3));
    await writeFile(join(versions.dir(3), 'weights.bin'), 'half');
    await versions.write(2, 'good');
    for (let i = 0; i < 3; i++) {
      await appendFile(join(versions.dir(2), 'MODEL_CARD.md'), 'more\n');
      await stage.manager.pollNewest();
    }
    expect(stage.active()).toBe(1);
    expect(stage.changes).toEqual([]);
  });

  it('falls back to the next version if the newest is refused', async () => {
    const stage = open({ control: 'poll' });
    await versions.write(2, 'good');
    await versions.writeCorrupted(3);
    for (let i = 0; i < 3; i++) await stage.manager.pollNewest();
    expect(await stage.states()).toEqual(['1 standby', '2 serving', '3 refused']);
  });

  it('does not reactivate a version that a request replaced by an older one', async () => {
    await versions.write(2, 'good');
    const stage = open({ control: 'poll' });
    await stage.manager.load(2);
    await stage.manager.load(1);
    for (let i = 0; i < 3; i++) await stage.manager.pollNewest();
    expect(stage.active()).toBe(1);
  });

  it('survives a missing folder', async () => {
    const folders = async () => {
      throw new StreamInferError('FILE_UNREADABLE', 'No such disk.');
    };
    await open({ control: 'poll', folders }).manager.pollNewest();
  });
});
