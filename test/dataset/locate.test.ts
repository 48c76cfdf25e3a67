import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { cacheDir, locateDataset, searchDirs, type Surroundings } from '../../src/dataset/locate';

let root: string;
let around: Surroundings;

beforeEach(async () => {
  root = await mkdtemp(path.join(os.tmpdir(), 'stream-infer-locate-'));
  const at = (name: string) => path.join(root, name);
  around = { home: at('home'), cwd: at('cwd'), cacheHome: at('cache'), systemDir: at('system') };
});
afterEach(() => rm(root, { recursive: true }));

async function putTestSet(dir: string, ending = ''): Promise<void> {
  await mkdir(dir, { recursive: true });
  await writeFile(path.join(dir, `t10k-images-idx3-ubyte${ending}`), '');
  await writeFile(path.join(dir, `t10k-labels-idx1-ubyte${ending}`), '');
}

describe('locateDataset', () => {
  it('searches the folders of the cache, the system, Keras and PyTorch, in this order', async () => {
    const dirs = searchDirs(around);
    expect(dirs.map((dir) => path.relative(root, dir))).toEqual([
      'cache/stream-infer',
      'system',
      'home/.keras/datasets/fashion-mnist',
      'cwd/data/FashionMNIST/raw',
      'home/data/FashionMNIST/raw',
    ]);
    // From the last to the first, each new one wins over those before.
    for (const dir of dirs.toReversed()) {
      await putTestSet(dir, '.gz');
      expect((await locateDataset('test', undefined, around))?.dir).toBe(dir);
    }
  });

  it('finds nothing without both files', async () => {
    await putTestSet(around.systemDir);
    await rm(path.join(around.systemDir, 't10k-labels-idx1-ubyte'));
    expect(await locateDataset('test', undefined, around)).toBeUndefined();
    expect(await locateDataset('train', undefined, around)).toBeUndefined();
  });

  it('prefers a decompressed file', async () => {
    await putTestSet(around.systemDir, '.gz');
    await putTestSet(around.systemDir);
    const found = await locateDataset('test', undefined, around);
    expect(found?.images).toBe(path.join(around.systemDir, 't10k-images-idx3-ubyte'));
  });

  it('searches only a given folder, and reports it when empty', async () => {
    await putTestSet(around.systemDir);
    const given = path.join(root, 'given');
    const promise = locateDataset('test', given, around);
    await expect(promise).rejects.toMatchObject({ code: 'DATASET_MISSING' });
    await expect(promise).rejects.toThrow(given);
    await putTestSet(given, '.gz');
    expect((await locateDataset('test', given, around))?.dir).toBe(given);
  });
});

it('keeps downloads in ~/.cache unless XDG_CACHE_HOME is an absolute path', () => {
  const home = '/home/ann';
  expect(cacheDir({ ...around, home, cacheHome: '/fast' })).toBe('/fast/stream-infer');
  for (const cacheHome of [undefined, '', 'relative']) {
    expect(cacheDir({ ...around, home, cacheHome })).toBe('/home/ann/.cache/stream-infer');
  }
});
