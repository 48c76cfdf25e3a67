import { existsSync, mkdtempSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { StreamInferError } from '../../src/core/errors';
import type { ModelControl, RolloutState } from '../../src/core/model-version';
import type { LabelComparison } from '../../src/core/retraining';
import type { Operator } from '../../src/core/steering';
import { KNOWN_FILES } from '../../src/dataset/verify';
import { Retraining } from '../../src/labels/retraining';
import { createMemoryLabels } from '../../src/results/given-labels/memory-labels';
import { AuditLog } from '../../src/steering/audit-log';
import { FASHION_MNIST_DESCRIPTION } from '../helpers/model-description';
import { makeLabel } from '../helpers/labels';
import { SILENT_LOG } from '../helpers/services';

const ANNA: Operator = { by: 'anna', via: 'page', address: null, reason: '' };
const BETTER: LabelComparison = {
  testImages: 9_990,
  heldOutImages: 40,
  base: { test: 0.92, heldOut: 0.4 },
  candidate: { test: 0.919, heldOut: 0.7 },
};

function dataDir(): string {
  const dir = mkdtempSync(join(tmpdir(), 'stream-infer-images-'));
  for (const { images, labels } of Object.values(KNOWN_FILES))
    for (const { name } of [images, labels]) writeFileSync(join(dir, name), '');
  return dir;
}

type Train = NonNullable<ConstructorParameters<typeof Retraining>[0]['train']>;

async function retraining(
  train: Train,
  given: {
    labels?: number;
    control?: ModelControl;
    rollout?: RolloutState;
    refuses?: string;
    data?: string;
  } = {},
) {
  const { labels = 60, control = 'explicit', rollout = null, refuses, data = dataDir() } = given;
  const dir = join(mkdtempSync(join(tmpdir(), 'stream-infer-versions-')), 'clothes', '3');
  mkdirSync(dir, { recursive: true });
  const store = createMemoryLabels();
  for (let i = 0; i < labels; i++) await store.put(makeLabel({ id: `images/0/${i}`, label: i % 10 }));
  const startRollout = jest.fn(async () => {
    if (refuses !== undefined) throw new StreamInferError('MODEL_REFUSED', refuses);
    return {} as RolloutState;
  });
  const service = new Retraining({
    control,
    dataDir: data,
    store,
    active: () => ({
      version: 3,
      shape: FASHION_MNIST_DESCRIPTION.shape,
      dir,
      models: { rollout: () => rollout, startRollout },
    }),
    audit: new AuditLog(null, SILENT_LOG),
    log: SILENT_LOG,
    train,
  });
  return { service, startRollout, dir };
}

async function ended(service: Retraining) {
  for (;;) {
    const { job } = await service.state();
    if (job?.endedAt != null) return job;
    await new Promise(setImmediate);
  }
}

it('trains from all labels and offers the candidate as a shadow', async () => {
  let lines = 0;
  let file = '';
  const { service, startRollout, dir } = await retraining(async ({ labels, base, out }, onEpoch) => {
    file = labels;
    lines = readFileSync(labels, 'utf8').trim().split('\n').length;
    expect([base, out]).toEqual([dir, join(dir, '..', '4')]);
    onEpoch(2, 4);
    return BETTER;
  });
  expect(await service.start(ANNA)).toMatchObject({
    off: null,
    job: { phase: 'training', base: 3, version: 4, labels: 60 },
  });
  await expect(service.start(ANNA)).rejects.toMatchObject({ code: 'MODEL_BUSY' });
  const job = await ended(service);
  expect(job).toMatchObject({ phase: 'offered', epoch: 2, epochs: 4, comparison: BETTER, by: 'anna' });
  expect(startRollout).toHaveBeenCalledWith({ version: 4, mode: 'shadow', share: 1 });
  expect([lines, existsSync(file)]).toEqual([60, false]);
});

it.each([
  ['refused', new StreamInferError('MODEL_REFUSED', 'it is not better'), 'It is not better.'],
  ['failed', new StreamInferError('DEPENDENCY_MISSING', 'no tfjs-node'), 'No tfjs-node.'],
])('keeps the active version when the training is %s', async (phase, error, message) => {
  const { service, startRollout } = await retraining(async () => Promise.reject(error));
  await service.start(ANNA);
  expect(await ended(service)).toMatchObject({ phase, message, comparison: null });
  expect(startRollout).not.toHaveBeenCalled();
});

it('does not end another rollout, and says why a candidate is not a shadow', async () => {
  const busy = await retraining(async () => BETTER, { rollout: {} as RolloutState });
  await busy.service.start(ANNA);
  expect(await ended(busy.service)).toMatchObject({ phase: 'ready' });
  expect(busy.startRollout).not.toHaveBeenCalled();

  const slow = await retraining(async () => BETTER, { refuses: 'it is too slow' });
  await slow.service.start(ANNA);
  const { phase, message } = await ended(slow.service);
  expect([phase, message.slice(-16)]).toEqual(['ready', 'It is too slow.'.padStart(16)]);
});

it('cancels', async () => {
  const { service } = await retraining(
    (_run, onEpoch, signal) =>
      new Promise((_, reject) => {
        signal.addEventListener('abort', () => reject(new StreamInferError('ABORTED', 'cancelled')));
        onEpoch(1, 4);
      }),
  );
  await service.start(ANNA);
  while ((await service.state()).job?.epoch !== 1) await new Promise(setImmediate);
  expect(await service.cancel({ ...ANNA, by: 'ben' })).toMatchObject({
    off: null,
    job: { phase: 'cancelled' },
  });
});

it('says why it is off', async () => {
  const never: Train = async () => BETTER;
  const off = async (given: Parameters<typeof retraining>[1]) =>
    (await (await retraining(never, given)).service.state()).off;
  expect(await off({ control: 'none' })).toMatch(/--model-control explicit/);
  expect(await off({ control: 'poll' })).toMatch(/use explicit/);
  expect(await off({ data: mkdtempSync(join(tmpdir(), 'stream-infer-empty-')) })).not.toBeNull();
  const few = await retraining(never, { labels: 39 });
  await expect(few.service.start(ANNA)).rejects.toMatchObject({ code: 'MODEL_REFUSED' });
});
