import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { ImageFile } from '../../src/dataset/image-file';
import { readImageFile } from '../../src/dataset/image-file';
import { imageFilesIn } from '../../src/dataset/image-files';

let root: string;
beforeEach(() => (root = mkdtempSync(join(tmpdir(), 'stream-infer-images-'))));
afterEach(() => rmSync(root, { recursive: true }));

function write(name: string, text = ''): string {
  const file = join(root, name);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text);
  return file;
}

async function all(...places: string[]): Promise<ImageFile[]> {
  const files: ImageFile[] = [];
  for await (const file of imageFilesIn(places)) files.push(file);
  return files;
}

const namesAndClasses = (files: readonly ImageFile[]) =>
  files.map(({ name, className }) => [name, className]);

describe('the images of a folder', () => {
  it('have the first subfolder as their class, whatever is below it', async () => {
    for (const name of ['dog/b.JPG', 'cat/z.webp', 'cat/deep/er/a.png', 'top.jpeg']) write(name);
    expect(namesAndClasses(await all(root))).toEqual([
      ['cat/deep/er/a.png', 'cat'],
      ['cat/z.webp', 'cat'],
      ['dog/b.JPG', 'dog'],
      ['top.jpeg', undefined],
    ]);
    expect((await all(root))[2]?.path).toBe(join(root, 'dog/b.JPG'));
  });

  it('are not read from a pipe, which may never end', async () => {
    execFileSync('mkfifo', [join(root, 'pipe.png')]);
    await expect(all(join(root, 'pipe.png'))).rejects.toMatchObject({ code: 'FILE_UNREADABLE' });
    await expect(readImageFile(join(root, 'pipe.png'))).rejects.toThrow(
      /a pipe or a device; save it as a file/,
    );
    expect(await all(root)).toEqual([]);
  });

  it('do not include hidden and other files', async () => {
    for (const name of ['.hidden/a.png', 'cat/.a.png', 'cat/notes.txt', 'cat/a.gif']) write(name);
    expect(await all(root)).toEqual([]);
  });

  it('are found behind links, but not in circles', async () => {
    write('cat/a.png');
    const other = write('else/b.png');
    symlinkSync(join(root, 'else'), join(root, 'linked'));
    symlinkSync(other, join(root, 'cat/b.png'));
    symlinkSync(root, join(root, 'cat/round'));
    symlinkSync(join(root, 'nowhere.png'), join(root, 'cat/c.png'));
    expect((await all(root)).map(({ name }) => name)).toEqual([
      'cat/a.png',
      'cat/b.png',
      'else/b.png',
      'linked/b.png',
    ]);
  });

  it('come with those of further places, which may be files', async () => {
    const [single, nested] = [write('x/one.bin'), write('y/cat/two.png')];
    expect(namesAndClasses(await all(single, join(root, 'y')))).toEqual([
      [single, undefined],
      ['cat/two.png', 'cat'],
    ]);
    expect(nested).toBe(join(root, 'y/cat/two.png'));
  });

  it('are not read where there is nothing', async () => {
    await expect(all(join(root, 'nowhere'))).rejects.toMatchObject({
      code: 'FILE_UNREADABLE',
      message: `cannot read ${join(root, 'nowhere')}: no such file or folder; check the path`,
    });
  });
});

describe('the images of a CSV file', () => {
  it('are relative to it, with their class in the second column', async () => {
    const csv = write('list.csv', '\ufeffa.png,cat\r\n\r\n"sub/b, c.png","a ""small"" dog"\nc.png');
    expect(await all(csv)).toEqual([
      { path: join(root, 'a.png'), name: 'a.png', className: 'cat' },
      { path: join(root, 'sub/b, c.png'), name: 'sub/b, c.png', className: 'a "small" dog' },
      { path: join(root, 'c.png'), name: 'c.png' },
    ]);
  });

  it('are in the columns that the first line names', async () => {
    const csv = write('list.csv', 'id,Class_Name,Path\n1,cat,/data/a.png\n');
    expect(await all(csv)).toEqual([{ path: '/data/a.png', name: '/data/a.png', className: 'cat' }]);
  });

  it.each([
    ['a file name', 'a.png,cat\n,dog\n', 'line 2: there is no file name'],
    ['an end of a quote', '"a.png,cat\n', 'line 1: a quote is not closed'],
    ['a short line', 'x'.repeat(70_000), 'line 1: it is longer than 65536 characters'],
  ])('need %s', async (_, text, problem) => {
    const csv = write('list.csv', text);
    await expect(all(csv)).rejects.toMatchObject({
      code: 'DATASET_CORRUPT',
      message: expect.stringContaining(problem) as string,
    });
  });
});
