/** `models inspect` and `models import`, from the files that other tools write to a model that is verified. */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { cli } from '../helpers/cli';
import { npyBytes } from '../helpers/npy';
import { dense, flatten, input, writeJson, writeLayers } from '../helpers/own-model';

jest.setTimeout(120_000);

const PIXELS = Uint8Array.of(255, 0, 0, 0, 0, 255);
let folder: string;
let model: string;
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'stream-infer-own-'));
  model = path.join(folder, 'sides');
  await mkdir(model);
  const kernel = Float32Array.of(4, 0, 0, 0, 0, 4);
  const weights = [{ name: 'sequential_4/dense/kernel', shape: [3, 2] }];
  const layers = [input([1, 3, 1]), flatten, dense(2, 'softmax')];
  await writeLayers(model, { layers, weights, data: new Uint8Array(kernel.buffer) });
  await writeJson(model, 'labels.json', { left: 0, right: 1 });
  await writeFile(path.join(folder, 'x.npy'), npyBytes('|u1', [2, 1, 3, 1], PIXELS));
  const [sure, unsure] = [1 / (1 + Math.exp(-4)), 1 / (1 + Math.exp(4))];
  const scores = Float32Array.of(sure, unsure, unsure, sure);
  await writeFile(path.join(folder, 'y.npy'), npyBytes('<f4', [2, 2], scores));
  await writeFile(path.join(folder, 'wrong.csv'), '0.5,0.5\n0.5,0.5\n');
  await writeFile(path.join(folder, 'left.json'), JSON.stringify({ image: [255, 0, 0] }));
});
afterAll(() => rm(folder, { recursive: true }));

it('models inspect explains a model and classifies images', async () => {
  const { code, stdout } = await cli(['models', 'inspect', model, path.join(folder, 'left.json')]);
  expect(code).toBe(0);
  expect(stdout).toMatch(/labels\s+left, right\s+labels.json/);
  expect(stdout).toMatch(/98.2 % {2}left/);
  const json = await cli(['models', 'inspect', model, path.join(folder, 'absent.png'), '--json']);
  expect(json.code).toBe(1);
  expect(JSON.parse(json.stdout)).toMatchObject({
    kind: 'layers',
    properties: { 'input.scale': { value: 1 / 255, origin: 'default' } },
    images: [{ code: 'FILE_UNREADABLE' }],
  });
});

it('models inspect refuses a foreign format with its remedy and exit code 4', async () => {
  const file = path.join(folder, 'model.keras');
  await writeFile(file, 'PK\x03\x04 model.weights.h5');
  const { code, stderr } = await cli(['models', 'inspect', file]);
  expect(code).toBe(4);
  expect(stderr).toMatch(/MODEL_UNSUPPORTED.*Keras 3 model.*tensorflowjs_converter/);
});

describe('models import', () => {
  const args = (expected: string) => {
    const probes = ['--probe', path.join(folder, 'x.npy'), '--expected', path.join(folder, expected)];
    return ['models', 'import', model, '--name', 'sides', '--to', path.join(folder, 'models'), ...probes];
  };

  it('writes a version that is verified, listed and served by its folder', async () => {
    const imported = await cli([...args('y.npy'), '--json']);
    expect(imported.code).toBe(0);
    expect(JSON.parse(imported.stdout)).toMatchObject({ version: 1, golden: 2, expected: { sameClass: 2 } });
    const verified = await cli(['models', 'verify', path.join(folder, 'models', 'sides')]);
    expect(verified.code).toBe(0);
    expect(verified.stdout).toContain('reproduces the 2 golden vectors');
    const listed = await cli(['models', 'list', path.join(folder, 'models'), '--json']);
    expect(JSON.parse(listed.stdout)).toMatchObject([{ name: 'sides', version: 1, accuracy: null }]);
    const again = await cli([...args('y.npy'), '--json']);
    expect(JSON.parse(again.stdout)).toMatchObject({ version: 2 });
  });

  it('refuses other scores than expected, and writes nothing', async () => {
    const { code, stderr } = await cli(args('wrong.csv'));
    expect(code).toBe(4);
    expect(stderr).toMatch(/worst difference is 0.48/);
    const listed = await cli(['models', 'list', path.join(folder, 'models'), '--json']);
    expect((JSON.parse(listed.stdout) as unknown[]).length).toBe(2);
  });
});
