import { cp, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { DEFAULT_MODEL } from '../../../src/core/default-model';
import {
  defaultModelsRoot,
  listModels,
  readModelFiles,
  resolveModelDir,
  writeModelFiles,
  type ModelManifest,
  type NewModel,
} from '../../../src/models/files';
import { layersIn } from '../../../src/models/files';

const model: NewModel = {
  name: 'tiny',
  version: 3,
  accuracy: 0.5,
  labels: ['cat', 'dog'],
  modelTopology: { class_name: 'Sequential', config: { layers: [] } },
  weightSpecs: [
    { name: 'dense/kernel', shape: [2, 2], dtype: 'float32' },
    { name: 'dense/bias', shape: [2], dtype: 'float32' },
  ],
  weightData: Float32Array.of(1, 2, 3, 4, 5, 6).buffer,
  golden: {
    n: 2,
    pixels: Uint8Array.from({ length: 2 * 784 }, (_, i) => i % 256),
    probabilities: Float32Array.of(0.1, 0.9, 0.7, 0.3),
    labels: Uint8Array.of(1, 0),
    runtime: 'test',
  },
  card: '# tiny\n',
};

let root: string;
let dir: string;

beforeEach(async () => {
  root = await mkdtemp(path.join(os.tmpdir(), 'stream-infer-models-'));
  dir = path.join(root, 'tiny', '3');
  await mkdir(path.dirname(dir));
  await writeModelFiles(dir, model);
});
afterEach(() => rm(root, { recursive: true }));

async function editManifest(edit: (manifest: ModelManifest) => object): Promise<void> {
  const file = path.join(dir, 'manifest.json');
  const manifest = JSON.parse(await readFile(file, 'utf8')) as ModelManifest;
  await writeFile(file, JSON.stringify(edit(manifest)));
}

describe('readModelFiles', () => {
  it('round-trips a written model', async () => {
    const files = await readModelFiles(dir);
    expect(files).toMatchObject({ name: 'tiny', version: 3, dir, shape: { labels: ['cat', 'dog'] } });
    expect(layersIn(files).modelTopology).toEqual(model.modelTopology);
    expect(layersIn(files).weightSpecs).toEqual(model.weightSpecs);
    expect([...new Float32Array(layersIn(files).weightData)]).toEqual([1, 2, 3, 4, 5, 6]);
    expect(files.golden.n).toBe(2);
    expect(Buffer.compare(files.golden.pixels, model.golden.pixels)).toBe(0);
    expect([...files.golden.probabilities]).toEqual([...model.golden.probabilities]);
    expect(files.sha256).toBe(files.manifest.weightsSha256);
  });

  it.each(['model.json', 'weights.bin', 'labels.json', 'golden.json', 'MODEL_CARD.md'])(
    'names %s when it is changed or missing',
    async (name) => {
      const file = path.join(dir, name);
      const bytes = await readFile(file);
      bytes[0] = (bytes[0] ?? 0) ^ 1;
      await writeFile(file, bytes);
      await expect(readModelFiles(dir)).rejects.toMatchObject({ code: 'MODEL_CORRUPT' });
      await expect(readModelFiles(dir)).rejects.toThrow(file);
      await rm(file);
      await expect(readModelFiles(dir)).rejects.toMatchObject({ code: 'MODEL_CORRUPT' });
      await expect(readModelFiles(dir)).rejects.toThrow(`${file} is missing`);
    },
  );

  it('does not trust a file that the manifest does not list', async () => {
    await editManifest((manifest) => ({
      ...manifest,
      files: manifest.files.filter((file) => file.path !== 'weights.bin'),
    }));
    await expect(readModelFiles(dir)).rejects.toThrow(/weights\.bin is not listed/);
  });

  it('does not read files outside the folder', async () => {
    await editManifest((manifest) => ({
      ...manifest,
      files: manifest.files.map((file) => ({ ...file, path: `../${file.path}` })),
    }));
    await expect(readModelFiles(dir)).rejects.toMatchObject({ code: 'MODEL_CORRUPT' });
  });

  it('rejects a baseline of another number of classes', async () => {
    const { baseline } = (await readModelFiles(path.join(defaultModelsRoot(), 'lenet', '1'))).manifest;
    await editManifest((manifest) => ({ ...manifest, baseline }));
    await expect(readModelFiles(dir)).rejects.toThrow(/baseline of 10 classes, but the model has 2/);
    const classes = [0.4, 0.6];
    await editManifest((manifest) => ({ ...manifest, baseline: { ...baseline, classes } }));
    expect((await readModelFiles(dir)).manifest.baseline?.classes).toEqual(classes);
    const confidence = { edges: [], shares: [0.4, 0.6] };
    await editManifest((manifest) => ({ ...manifest, baseline: { ...baseline, classes, confidence } }));
    await expect(readModelFiles(dir)).rejects.toThrow(/needs one more share than edges/);
  });

  it('lists the problems of a malformed manifest', async () => {
    await editManifest((manifest) => ({ ...manifest, version: 'three', accuracy: 2 }));
    const promise = readModelFiles(dir);
    await expect(promise).rejects.toMatchObject({ code: 'MODEL_CORRUPT' });
    await expect(promise).rejects.toThrow(/version[^]*accuracy|accuracy[^]*version/);
    await writeFile(path.join(dir, 'manifest.json'), '{');
    await expect(readModelFiles(dir)).rejects.toThrow(/manifest\.json is not JSON/);
  });

  it('checks the weights against their SHA-256', async () => {
    await editManifest((manifest) => ({ ...manifest, weightsSha256: '0'.repeat(64) }));
    await expect(readModelFiles(dir)).rejects.toThrow(/weightsSha256/);
  });

  it('lists the contents of a folder that is not a model', async () => {
    await rm(path.join(dir, 'manifest.json'));
    await expect(readModelFiles(dir)).rejects.toMatchObject({ code: 'MODEL_MISSING' });
    await expect(readModelFiles(dir)).rejects.toThrow(/no manifest\.json.*weights\.bin/);
  });
});

describe('resolveModelDir', () => {
  it('resolves a name to its highest version, or to the given version', async () => {
    await cp(dir, path.join(root, 'tiny', '10'), { recursive: true });
    expect(await resolveModelDir('tiny', root)).toBe(path.join(root, 'tiny', '10'));
    expect(await resolveModelDir('tiny@3', root)).toBe(dir);
  });

  it('resolves a folder of one version or of all versions', async () => {
    expect(await resolveModelDir(dir, '/nowhere')).toBe(dir);
    expect(await resolveModelDir(path.relative('.', dir), '/nowhere')).toBe(dir);
    expect(await resolveModelDir(path.dirname(dir), '/nowhere')).toBe(dir);
  });

  it('skips folders whose name is not a version', async () => {
    for (const name of ['02', '1e3', '-1', '0', '99999999999999999999'])
      await cp(dir, path.join(root, 'tiny', name), { recursive: true });
    expect(await resolveModelDir('tiny', root)).toBe(dir);
    expect(await resolveModelDir(path.dirname(dir), '/nowhere')).toBe(dir);
    expect(await listModels(root)).toMatchObject([{ name: 'tiny', version: 3 }]);
  });

  it.each(['nobody', 'tiny@4', 'tiny@03', 'tiny@3@3', '../tiny@3', './nowhere', ''])(
    'lists the known models when "%s" does not exist',
    async (spec) => {
      await expect(resolveModelDir(spec, root)).rejects.toMatchObject({ code: 'MODEL_MISSING' });
      await expect(resolveModelDir(spec, root)).rejects.toThrow('tiny@3');
    },
  );

  it('reports "none" for an empty or missing folder', async () => {
    await expect(resolveModelDir('tiny', path.join(root, 'other'))).rejects.toThrow(/: none; use/);
  });
});

describe('writeModelFiles', () => {
  it('never overwrites and leaves no temporary folder', async () => {
    await expect(writeModelFiles(dir, { ...model, accuracy: 1 })).rejects.toMatchObject({ code: 'USAGE' });
    expect((await readModelFiles(dir)).manifest.accuracy).toBe(0.5);
    expect(await readdir(path.dirname(dir))).toEqual(['3']);
  });

  it('leaves nothing behind when it fails', async () => {
    await writeFile(path.join(root, 'file'), '');
    const target = path.join(root, 'file', '1');
    await expect(writeModelFiles(target, model)).rejects.toMatchObject({ code: 'FILE_UNREADABLE' });
    expect((await readdir(root)).sort()).toEqual(['file', 'tiny']);
  });
});

describe('the packaged models', () => {
  it.each([
    ['fashion-mnist@1', 225_034, 0.915],
    ['fashion-mnist@2', 253_354, 0.935],
  ])('%s is found, intact and accurate enough', async (name, parameters, accuracy) => {
    const known = await listModels();
    expect(known.map(({ name: of, version }) => `${of}@${version}`)).toContain(name);
    const files = await readModelFiles(await resolveModelDir(name));
    expect(path.dirname(path.dirname(files.dir))).toBe(defaultModelsRoot());
    expect(files.golden.n).toBe(16);
    expect(files.manifest.accuracy).toBeGreaterThanOrEqual(accuracy);
    expect(layersIn(files).weightData.byteLength).toBe(4 * parameters);
  });

  it('include the default model', async () => {
    await expect(resolveModelDir(DEFAULT_MODEL)).resolves.toBe(
      path.join(defaultModelsRoot(), 'fashion-mnist', '1'),
    );
  });
});
