import {
  existsSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { makeFolder } from '../../src/core/make-folder';

const newFolder = () => mkdtempSync(join(tmpdir(), 'stream-infer-folder-'));

it('creates missing folders, and leaves existing ones unchanged', () => {
  const folder = join(newFolder(), 'a/b/c');
  makeFolder(folder);
  writeFileSync(join(folder, 'file'), 'text');
  makeFolder(folder);
  expect(readFileSync(join(folder, 'file'), 'utf8')).toBe('text');
});

it('throws at once where the file system reports ENOENT for a folder whose parent exists', () => {
  expect(() => makeFolder('/proc/stream-infer/a')).toThrow(/ENOENT/);
});

it('throws where a file or a link to nowhere is in the way', () => {
  const folder = newFolder();
  writeFileSync(join(folder, 'file'), '');
  symlinkSync(join(folder, 'nowhere'), join(folder, 'link'));
  expect(() => makeFolder(join(folder, 'file/a'))).toThrow(/ENOTDIR|EEXIST/);
  expect(() => makeFolder(join(folder, 'link'))).toThrow(/EEXIST/);
  expect(existsSync(join(folder, 'nowhere'))).toBe(false);
});

it('is what every part of the program makes folders with', () => {
  const root = resolve(__dirname, '../../src');
  const files = readdirSync(root, { recursive: true, encoding: 'utf8' })
    .map((name) => join(root, name))
    .filter((file) => file.endsWith('.ts') && statSync(file).isFile());
  expect(
    files.filter((file) => /mkdir(Sync)?\([^;]*recursive: true/.test(readFileSync(file, 'utf8'))),
  ).toEqual([]);
});
