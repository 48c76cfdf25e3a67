import { cpSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { checkModel, isOtherModel } from '../../src/doctor/model';
import { readModelFiles } from '../../src/models/files';
import { configSchema, type ConfigInput } from '../../src/config/schema';
import { ModelServer } from '../helpers/model-server';

const MODEL = resolve(__dirname, '../../models/fashion-mnist/1');
const RULE = { name: 'moves', kind: 'drift' } as const;

/** A copy of the model in a folder with that name, without its baseline. */
function copyWithoutBaseline(name: string): string {
  const dir = join(mkdtempSync(join(tmpdir(), 'stream-infer-doctor-')), 'fashion-mnist', name);
  cpSync(MODEL, dir, { recursive: true });
  const file = join(dir, 'manifest.json');
  const { baseline: _taken, ...manifest } = JSON.parse(readFileSync(file, 'utf8')) as Record<string, unknown>;
  writeFileSync(file, JSON.stringify(manifest));
  return dir;
}

async function check(model: string, settings: ConfigInput = {}): Promise<[string, string][]> {
  const checks = await checkModel(configSchema.parse({ ...settings, inference: { model } }));
  return checks.map(({ name, state }) => [name, state]);
}

describe('the model check', () => {
  it('is one line without drift rules and model control', async () => {
    expect(await check(MODEL)).toEqual([['model', 'ok']]);
    expect(await check('nope')).toEqual([['model', 'problem']]);
  });

  it('asks a remote model for its metadata only', async () => {
    const server = await new ModelServer().start();
    const settings = { model: { name: 'three', labels: ['a', 'b', 'c'] } };
    expect(await check(server.url, settings)).toEqual([['model', 'ok']]);
    expect(await check(server.url, { model: { name: 'three', labels: ['a', 'b'] } })).toEqual([
      ['model', 'problem'],
    ]);
    expect(server.seen).toEqual([]);
    await server.stop();
  });

  it('describes a model of other images, and says what was guessed', async () => {
    const files = await readModelFiles(MODEL);
    const dir = mkdtempSync(join(tmpdir(), 'stream-infer-doctor-'));
    for (const name of ['model.json', 'weights.bin']) cpSync(join(MODEL, name), join(dir, name));
    const names = Array.from(files.shape.labels, (_, i) => `class ${i}`);
    writeFileSync(join(dir, 'labels.json'), JSON.stringify(names));
    const config = configSchema.parse({ inference: { model: dir } });
    const [first] = await checkModel(config);
    expect(first?.detail).toContain('28 × 28 grey, 10 classes, no manifest, so nothing is verified');
    expect(await isOtherModel(config)).toBe(true);
    expect(await isOtherModel(configSchema.parse({ inference: { model: MODEL } }))).toBe(false);
    expect(await isOtherModel(configSchema.parse({ inference: { model: 'nope' } }))).toBe(false);
  });

  it('reports a drift rule for a model without a baseline', async () => {
    expect(await check(MODEL, { alerts: [RULE] })).toContainEqual(['drift', 'ok']);
    expect(await check(copyWithoutBaseline('1'), { alerts: [RULE] })).toContainEqual(['drift', 'problem']);
    const own = { ...RULE, baseline: Array<number>(10).fill(0.1) };
    expect(await check(copyWithoutBaseline('1'), { alerts: [own] })).toEqual([['model', 'ok']]);
  });

  it('names the folder with the other versions', async () => {
    const models = { control: 'explicit' } as const;
    expect(await check(MODEL, { models })).toContainEqual(['model versions', 'ok']);
  });
});
