import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { AllowList } from '../../src/references/allow-list';
import { FileStore } from '../../src/references/file-store';
import { parseReference } from '../../src/references/parse-reference';
import type { Reference } from '../../src/references/reference';

describe('images in a folder', () => {
  const base = mkdtempSync(join(tmpdir(), 'stream-infer-files-'));
  const root = join(base, 'my images');
  const store = () => {
    const allow = [pathToFileURL(root).href];
    return new FileStore({
      allowList: new AllowList({ allow, allowPrivateNetwork: false }),
      timeoutMs: 5_000,
    });
  };
  const fetchFile = (path: string) =>
    store().fetch({
      reference: parseReference(pathToFileURL(path).href) as Reference,
      maxBytes: 10,
      signal: new AbortController().signal,
    });

  beforeAll(() => {
    mkdirSync(join(root, 'folder'), { recursive: true });
    writeFileSync(join(root, 'a.png'), 'pixels');
    writeFileSync(join(root, 'large.png'), '12345678901');
    writeFileSync(join(base, 'secret'), 'secret');
    symlinkSync(join(base, 'secret'), join(root, 'link-out'));
    symlinkSync(base, join(root, 'folder-out'));
    symlinkSync(join(root, 'a.png'), join(root, 'link-in'));
    symlinkSync('loop', join(root, 'loop'));
    execFileSync('mkfifo', [join(root, 'pipe')]);
  });
  afterAll(() => rmSync(base, { recursive: true }));

  it('are read, also through a link inside of the folder', async () => {
    expect(await fetchFile(join(root, 'a.png'))).toEqual({ kind: 'fetched', bytes: Buffer.from('pixels') });
    expect(await fetchFile(join(root, 'link-in'))).toMatchObject({ kind: 'fetched' });
  });

  it.each([
    ['a.jpg', 'REFERENCE_NOT_FOUND'],
    ['a.png/b', 'REFERENCE_NOT_FOUND'],
    ['large.png', 'REFERENCE_TOO_LARGE'],
    ['folder', 'REFERENCE_REFUSED'],
    ['pipe', 'REFERENCE_REFUSED'],
    ['loop', 'REFERENCE_REFUSED'],
    ['link-out', 'REFERENCE_FORBIDDEN'],
    ['folder-out/secret', 'REFERENCE_FORBIDDEN'],
  ])('%s is refused: %s', async (name, code) => {
    expect(await fetchFile(join(root, name))).toMatchObject({ kind: 'refused', code });
  });

  it('are waited for while the folder is not mounted', async () => {
    renameSync(root, `${root}.away`);
    try {
      expect(await fetchFile(join(root, 'a.png'))).toMatchObject({
        kind: 'later',
        reason: expect.stringContaining('does not exist') as string,
      });
    } finally {
      renameSync(`${root}.away`, root);
    }
    expect(await fetchFile(join(root, 'a.png'))).toMatchObject({ kind: 'fetched' });
  });
});
