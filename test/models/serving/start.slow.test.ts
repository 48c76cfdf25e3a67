import { cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startModel } from '../../../src/models/serving/start';
import { parseConfig } from '../../../src/config/load';
import type { ModelControl } from '../../../src/core/model-version';
import type { RuntimeName } from '../../../src/core/runtime-name';
import { silentLog } from '../../helpers/log';
import { ModelVersions } from '../../helpers/model-versions';
import { fakeSink } from '../../helpers/services';

jest.setTimeout(120_000);

const options = {
  broker: { createSink: () => fakeSink(async () => undefined) },
  metrics: null,
  signal: new AbortController().signal,
  log: silentLog,
};

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
  return await startModel({ ...options, config });
};

describe('the serving model', () => {
  it('loads another version of its folder on request', async () => {
    await versions.write(2, 'good');
    const serving = await start(versions.dir(1), 'explicit');
    try {
      expect(await serving.manager.load()).toMatchObject({ version: 2, state: 'serving' });
      expect(serving.router.model).toMatchObject({ version: 2, runtime: 'tfjs-wasm' });
      expect(serving.poolOptions()).toMatchObject({ modelDir: versions.dir(2) });
      expect(await serving.manager.unload()).toMatchObject({ version: 1, state: 'serving' });
    } finally {
      await serving.close();
    }
  });

  it('chooses the precision for each version, also in its pool options', async () => {
    // Only version 1 has int8.json; where int8 is not faster, both versions run in fp32.
    await versions.write(2, 'good');
    const serving = await start(versions.dir(1), 'explicit', 'onnx');
    try {
      const { precision } = serving.router.model;
      expect(serving.poolOptions()).toMatchObject({ runtime: 'onnx', precision });
      await serving.manager.load();
      expect(serving.router.model).toMatchObject({ version: 2, precision: 'fp32' });
      expect(serving.poolOptions()).toMatchObject({ modelDir: versions.dir(2), precision: 'fp32' });
    } finally {
      await serving.close();
    }
  });

  it.each(['fashion-mnist@1', 'its folder'])('keeps a version pinned by %s with polling', async (spec) => {
    if (spec === 'its folder') await versions.write(2, 'good');
    const warnings: string[] = [];
    const { config } = parseConfig({
      broker: 'memory',
      inference: {
        model: spec === 'its folder' ? versions.dir(1) : spec,
        workers: 1,
        runtime: 'tfjs-wasm',
      },
      models: { control: 'poll', pollInterval: '100ms' },
    });
    const log = { ...silentLog, warn: (_fields: object, text: string) => void warnings.push(text) };
    const serving = await startModel({ ...options, config, log });
    try {
      // A newer version would be loaded after two polls.
      await new Promise((resolve) => setTimeout(resolve, 500));
      const states = (await serving.manager.list()).map(({ version, state }) => `${version} ${state}`);
      expect(states).toEqual(['1 serving', '2 available']);
      expect(warnings).toEqual([expect.stringContaining('version is pinned')]);
    } finally {
      await serving.close();
    }
  });

  it('rejects model control without a folder of versions before it starts workers', async () => {
    await cp(versions.dir(1), folder, { recursive: true });
    for (const control of ['explicit', 'poll'] as const)
      await expect(start(folder, control)).rejects.toMatchObject({
        code: 'CONFIG_INVALID',
        message: expect.stringContaining(
          `models.control: ${control} requires a model in a folder of versions`,
        ) as string,
      });
    const serving = await start(folder, 'none');
    await expect(serving.manager.load()).rejects.toMatchObject({ code: 'MODEL_REFUSED' });
    await serving.close();
  });
});
