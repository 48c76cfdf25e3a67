import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { cp, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import {
  defaultModelsRoot,
  readModelFiles,
  writeBaseline,
  writeInt8,
  type Int8Facts,
  type ModelFiles,
} from '../../../../src/models/files';

let root: string;
let dir: string;
let files: ModelFiles;
let int8: Int8Facts;

beforeEach(async () => {
  root = await mkdtemp(path.join(os.tmpdir(), 'stream-infer-int8-'));
  dir = path.join(root, '1');
  await cp(path.join(defaultModelsRoot(), 'fashion-mnist', '1'), dir, { recursive: true });
  files = await readModelFiles(dir);
  int8 = { ...files.int8!, accuracy: 0.5, calibration: { images: 7, seed: 3 } };
});
afterEach(() => rm(root, { recursive: true }));

const addLine = (card: string) => `${card}new line\n`;

it('writes int8.json, card and manifest and keeps all other files', async () => {
  await writeFile(path.join(dir, 'notes.txt'), 'mine');
  const before = await readFile(path.join(dir, 'weights.bin'));
  const manifest = await writeInt8(files, int8, addLine);
  const now = await readModelFiles(dir);
  expect(now.int8).toEqual(int8);
  expect(now.manifest).toEqual(manifest);
  expect(now).toMatchObject({ sha256: files.sha256, network: files.network });
  expect(now.manifest.files).toHaveLength(files.manifest.files.length);
  expect(await readFile(path.join(dir, 'MODEL_CARD.md'), 'utf8')).toMatch(/\nnew line\n$/);
  expect(Buffer.compare(await readFile(path.join(dir, 'weights.bin')), before)).toBe(0);
  expect(await readFile(path.join(dir, 'notes.txt'), 'utf8')).toBe('mine');
  expect(await readdir(root)).toEqual(['1']);
});

it('keeps changes another program made since the model was read', async () => {
  const { baseline } = files.manifest;
  await writeInt8(files, int8, addLine);
  await writeBaseline(files, { ...baseline!, images: 77 }, addLine);
  const now = await readModelFiles(dir);
  expect(now.int8).toEqual(int8);
  expect(now.manifest.baseline?.images).toBe(77);
  expect(await readFile(path.join(dir, 'MODEL_CARD.md'), 'utf8')).toMatch(/\nnew line\nnew line\n$/);
});

it('rejects the update if the weights changed in the meantime', async () => {
  await rm(dir, { recursive: true });
  await cp(path.join(defaultModelsRoot(), 'fashion-mnist', '2'), dir, { recursive: true });
  await expect(writeInt8(files, int8, addLine)).rejects.toMatchObject({
    code: 'FILE_UNREADABLE',
    message: expect.stringContaining('its weights changed') as string,
  });
  expect((await readModelFiles(dir)).manifest.version).toBe(2);
  expect(await readdir(root)).toEqual(['1']);
});

it('writes to the target of a symbolic link', async () => {
  const link = path.join(root, 'link');
  await symlink(dir, link);
  await writeInt8(await readModelFiles(link), int8, addLine);
  expect((await readModelFiles(dir)).int8?.accuracy).toBe(0.5);
  expect((await readdir(root)).sort()).toEqual(['1', 'link']);
});

it('changes nothing when it fails', async () => {
  // A pipe cannot be copied.
  execFileSync('mkfifo', [path.join(dir, 'pipe')]);
  await expect(writeInt8(files, int8, addLine)).rejects.toMatchObject({ code: 'FILE_UNREADABLE' });
  expect(await readModelFiles(dir)).toEqual(files);
  expect(await readdir(root)).toEqual(['1']);
});

describe('readModelFiles', () => {
  it('reads a model without int8.json', async () => {
    const { files: listed, ...manifest } = files.manifest;
    const without = { ...manifest, files: listed.filter((file) => file.path !== 'int8.json') };
    await writeFile(path.join(dir, 'manifest.json'), JSON.stringify(without));
    expect((await readModelFiles(dir)).int8).toBeUndefined();
  });

  it.each<[string, (facts: Int8Facts) => object, RegExp]>([
    [
      'made for other weights',
      (facts) => ({ ...facts, weightsSha256: '0'.repeat(64) }),
      /was made for the weights 0{64}/,
    ],
    ['with too few golden probabilities', (facts) => ({ ...facts, golden: [1] }), /has 1 golden/],
    ['with an infinite range', (facts) => ({ ...facts, ranges: { conv: [0, null] } }), /malformed[^]*ranges/],
  ])('rejects an int8.json %s', async (_name, edit, message) => {
    // Bypasses the writer's validation, as another program might.
    const text = `${JSON.stringify(edit(int8))}\n`;
    await writeFile(path.join(dir, 'int8.json'), text);
    const sha256 = createHash('sha256').update(text).digest('hex');
    const listed = files.manifest.files.map((file) =>
      file.path === 'int8.json' ? { ...file, bytes: text.length, sha256 } : file,
    );
    await writeFile(path.join(dir, 'manifest.json'), JSON.stringify({ ...files.manifest, files: listed }));
    const promise = readModelFiles(dir);
    await expect(promise).rejects.toMatchObject({ code: 'MODEL_CORRUPT' });
    await expect(promise).rejects.toThrow(message);
  });
});
