import { cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startServingModel } from '../../../src/models/serving/serving-model';
import { parseConfig } from '../../../src/config/load';
import type { ModelControl } from '../../../src/core/model-version';
import type { RuntimeName } from '../../../src/core/runtime-name';
import { silentLog } from '../../helpers/log';
import { ModelVersions } from '../../helpers/model-versions';

jest.setTimeout(120_000);

let versions: ModelVersions;
let folder: string;
beforeEach(async () => {
  versions = await ModelVersions.create();
  folder = await mkdtemp(join(tmpdir(), 'stream-infer-alone-'));
});
afterEach(async () => {
  await versions.remove();
  await rm(folder, { recursive: true });
});

const start = async (model: string, control: ModelControl, runtime: RuntimeName = 'tfjs-wasm') => {
  const { config } = parseConfig({
    broker: 'memory',
    inference: { model, workers: 1, runtime },
    models: { control },
  });
  return await startServingModel({ config, log: silentLog });
};

describe('the model that serves', () => {
  it('is one of its folder, and a call loads another one beside the worker that serves', async () => {
    await versions.write(2, 'good');
    const serving = await start(versions.dir(1), 'explicit');
    try {
      expect(await serving.keeper.load()).toMatchObject({ version: 2, state: 'serving' });
      expect(serving.slot.model).toMatchObject({ version: 2, runtime: 'tfjs-wasm' });
      expect(serving.poolOptions()).toMatchObject({ modelDir: versions.dir(2) });
      expect(await serving.keeper.unload()).toMatchObject({ version: 1, state: 'serving' });
    } finally {
      await serving.close();
    }
  });

  it('has a precision of its own in each version, and so has a pool that is started like it', async () => {
    // Of the two only the first one was made for int8; where that is not faster, both are fp32.
    await versions.write(2, 'good');
    const serving = await start(versions.dir(1), 'explicit', 'onnx');
    try {
      const { precision } = serving.slot.model;
      expect(serving.poolOptions()).toMatchObject({ runtime: 'onnx', precision });
      await serving.keeper.load();
      expect(serving.slot.model).toMatchObject({ version: 2, precision: 'fp32' });
      expect(serving.poolOptions()).toMatchObject({ modelDir: versions.dir(2), precision: 'fp32' });
    } finally {
      await serving.close();
    }
  });

  it('stays the version that is pinned, also where newer ones are polled', async () => {
    const warnings: string[] = [];
    const { config } = parseConfig({
      broker: 'memory',
      inference: { model: 'fashion-mnist@1', workers: 1, runtime: 'tfjs-wasm' },
      models: { control: 'poll', pollInterval: '100ms' },
    });
    const log = { ...silentLog, warn: (_fields: object, text: string) => void warnings.push(text) };
    const serving = await startServingModel({ config, log });
    try {
      // Two looks are enough for a version to be taken.
      await new Promise((resolve) => setTimeout(resolve, 500));
      const states = (await serving.keeper.list()).map(({ version, state }) => `${version} ${state}`);
      expect(states).toEqual(['1 serving', '2 available']);
      expect(warnings).toEqual([expect.stringContaining('the version is pinned')]);
    } finally {
      await serving.close();
    }
  });

  it('can not be exchanged when it stands alone, which is said before anything is started', async () => {
    await cp(versions.dir(1), folder, { recursive: true });
    for (const control of ['explicit', 'poll'] as const)
      await expect(start(folder, control)).rejects.toMatchObject({
        code: 'CONFIG_INVALID',
        message: expect.stringContaining(
          `models.control: ${control} wants a model in a folder of versions`,
        ) as string,
      });
    const serving = await start(folder, 'none');
    await expect(serving.keeper.load()).rejects.toMatchObject({ code: 'MODEL_REFUSED' });
    await serving.close();
  });
});
