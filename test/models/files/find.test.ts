import { execFileSync } from 'node:child_process';
import { cp, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import {
  defaultModelsRoot,
  isPinned,
  listVersionFolders,
  readModelFiles,
  resolveModelDir,
} from '../../../src/models/files';

let root: string;
beforeEach(async () => {
  root = await mkdtemp(path.join(os.tmpdir(), 'stream-infer-versions-'));
  await cp(path.join(defaultModelsRoot(), 'lenet', '1'), path.join(root, '1'), { recursive: true });
});
afterEach(() => rm(root, { recursive: true }));

describe('listVersionFolders', () => {
  it('lists intact versions next to unreadable folders, files and other names', async () => {
    await symlink('2', path.join(root, '2'));
    await symlink('/nonexistent', path.join(root, '3'));
    await writeFile(path.join(root, '4'), 'a file');
    for (const name of ['5', '02', '1e3', '-1', '0', '99999999999999999999'])
      await mkdir(path.join(root, name));
    const folders = await listVersionFolders(root);
    expect(folders.map(({ version, manifest }) => [version, manifest?.name])).toEqual([
      [1, 'lenet'],
      [2, undefined],
      [3, undefined],
      [4, undefined],
      [5, undefined],
    ]);
  });

  it('does not block on a pipe, neither when listing nor when reading that version', async () => {
    const dir = path.join(root, '2');
    await mkdir(dir);
    execFileSync('mkfifo', [path.join(dir, 'manifest.json')]);
    const folders = await listVersionFolders(root);
    expect(folders.map(({ manifest }) => manifest?.version)).toEqual([1, undefined]);
    await expect(readModelFiles(dir)).rejects.toMatchObject({ code: 'FILE_UNREADABLE' });
  });
});

describe('isPinned', () => {
  const pinned = async (spec: string) => isPinned(spec, await resolveModelDir(spec));

  it('takes a path to one version as a pin, with or without a manifest, and a path to all versions as none', async () => {
    expect(await pinned(path.join(root, '1'))).toBe(true);
    expect(await pinned(path.join(root, '1/'))).toBe(true);
    expect(await pinned(root)).toBe(false);
    await rm(path.join(root, '1', 'manifest.json'));
    expect(await pinned(path.join(root, '1'))).toBe(true);
  });

  it('takes name@version as a pin, and a name alone as none', async () => {
    expect([await pinned('lenet@1'), await pinned('lenet')]).toEqual([true, false]);
  });
});
