import { createHash } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import { readVerified } from '../../src/dataset/verify';

const data = Buffer.from('images or labels'.repeat(20_000));
const sha256 = createHash('sha256').update(data).digest('hex');
const known = { name: 'data', bytes: data.length, sha256 };
let dir: string;

beforeAll(async () => {
  dir = await mkdtemp(path.join(os.tmpdir(), 'stream-infer-verify-'));
});
afterAll(() => rm(dir, { recursive: true }));

async function put(name: string, bytes: Uint8Array): Promise<string> {
  const file = path.join(dir, name);
  await writeFile(file, bytes);
  return file;
}

describe('readVerified', () => {
  it('reads decompressed files and any gzip compression', async () => {
    const files = [
      await put('plain', data),
      await put('fast.gz', gzipSync(data, { level: 1 })),
      await put('small.gz', gzipSync(data, { level: 9 })),
    ];
    for (const file of files) expect(Buffer.from(await readVerified(file, known)).equals(data)).toBe(true);
  });

  it('reports the file, and expected and actual SHA-256', async () => {
    const changed = Buffer.from(data);
    changed[5] = 0;
    const file = await put('changed.gz', gzipSync(changed));
    const got = createHash('sha256').update(changed).digest('hex');
    const promise = readVerified(file, known);
    await expect(promise).rejects.toMatchObject({ code: 'DATASET_CORRUPT' });
    for (const part of [file, sha256, got]) await expect(promise).rejects.toThrow(part);
  });

  it('rejects a file that is too short, too long, truncated or not gzip', async () => {
    const files = [
      await put('short', data.subarray(1)),
      await put('long.gz', gzipSync(Buffer.concat([data, data]))),
      await put('cut.gz', gzipSync(data).subarray(0, 200)),
      await put('page.gz', Buffer.from('<html>not found</html>')),
    ];
    for (const file of files) {
      await expect(readVerified(file, known)).rejects.toMatchObject({ code: 'DATASET_CORRUPT' });
    }
  });

  it('rejects for a missing file, and when cancelled', async () => {
    const missing = path.join(dir, 'missing.gz');
    await expect(readVerified(missing, known)).rejects.toMatchObject({ code: 'FILE_UNREADABLE' });
    const file = await put('plain', data);
    await expect(readVerified(file, known, AbortSignal.abort())).rejects.toMatchObject({ code: 'ABORTED' });
  });
});
