import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { headerText, type OutgoingMessage } from '../../src/core/message';
import type { RefusedMessage } from '../../src/core/ports';
import { imageFilesIn } from '../../src/dataset/image-files';
import { publishFiles, type FilePublication } from '../../src/publishing/file-publisher';
import { shuffled } from '../../src/publishing/shuffled';

const PNG = Buffer.from('89504e470d0a1a0a0000000d', 'hex');
const JPEG = Buffer.from('ffd8ffe000104a464946', 'hex');

let root: string;
let batches: (readonly OutgoingMessage[])[];
let skipped: string[];
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'stream-infer-publish-'));
  [batches, skipped] = [[], []];
});
afterEach(() => rmSync(root, { recursive: true }));

function write(name: string, bytes: Buffer): void {
  mkdirSync(dirname(join(root, name)), { recursive: true });
  writeFileSync(join(root, name), bytes);
}

function publication(options: Partial<FilePublication> = {}): FilePublication {
  return {
    sink: {
      publish: async (_topic, messages): Promise<RefusedMessage[]> => {
        batches.push(messages);
        return [];
      },
    },
    topic: 'images',
    files: () => imageFilesIn([root]),
    signal: new AbortController().signal,
    onSkipped: (_, reason) => skipped.push(reason),
    ...options,
  };
}

const published = () => batches.flat();
const header = (name: string) => published().map(({ headers }) => headerText(headers, name));

describe('publishing picture files', () => {
  it('sends their own bytes with type, name and class', async () => {
    write('cat/a.png', PNG);
    // A wrong name does not matter: the bytes decide.
    write('dog/b.png', JPEG);
    write('c.jpg', JPEG);
    expect(await publishFiles(publication())).toEqual({ published: 3, skipped: 0 });
    expect(published().map(({ value }) => value)).toEqual([JPEG, PNG, JPEG]);
    expect(header('content-type')).toEqual(['image/jpeg', 'image/png', 'image/jpeg']);
    expect(header('file')).toEqual(['c.jpg', 'cat/a.png', 'dog/b.png']);
    expect(header('label')).toEqual([undefined, 'cat', 'dog']);
  });

  it('skips other files and messages that the broker refuses', async () => {
    write('a.png', Buffer.from('GIF89a......'));
    write('b.png', Buffer.alloc(0));
    write('c.png', PNG);
    write('d.png', PNG);
    const sink = { publish: async () => [{ index: 1, reason: 'too large' }] };
    expect(await publishFiles(publication({ sink }))).toEqual({ published: 1, skipped: 3 });
    expect(skipped).toEqual([
      `${join(root, 'a.png')} is a GIF file; PNG, JPEG and WebP are published`,
      `${join(root, 'b.png')} is not an image; PNG, JPEG and WebP are published`,
      'too large',
    ]);
  });

  it('holds a bounded number of files and bytes', async () => {
    for (let i = 0; i < 150; i++) write(`${String(i).padStart(3, '0')}.png`, PNG);
    write('999.png', Buffer.concat([PNG, Buffer.alloc(9 << 20)]));
    write('999a.png', PNG);
    await publishFiles(publication());
    expect(batches.map(({ length }) => length)).toEqual([64, 64, 23, 1]);
  });

  it('repeats with loop until the limit, in another order with shuffle', async () => {
    for (let i = 0; i < 40; i++) write(`${i}.png`, PNG);
    const progress: number[] = [];
    const options = {
      loop: true,
      shuffle: true,
      limit: 100,
      onProgress: (count: number) => progress.push(count),
    };
    expect(await publishFiles(publication(options))).toEqual({ published: 100, skipped: 0 });
    const names = header('file');
    expect(new Set(names.slice(0, 40)).size).toBe(40);
    expect(names.slice(0, 40)).not.toEqual(names.slice(40, 80));
    expect(progress.at(-1)).toBe(100);
  });

  it('does not repeat a folder without images forever', async () => {
    write('a.png', Buffer.from('text'));
    expect(await publishFiles(publication({ loop: true }))).toEqual({ published: 0, skipped: 1 });
  });

  it('keeps the rate', async () => {
    for (let i = 0; i < 10; i++) write(`${i}.png`, PNG);
    const started = performance.now();
    await publishFiles(publication({ rate: 100 }));
    expect(performance.now() - started).toBeGreaterThan(80);
    expect(batches.length).toBeGreaterThan(1);
  });

  it('ends when its signal aborts', async () => {
    for (let i = 0; i < 200; i++) write(`${i}.png`, PNG);
    const stop = new AbortController();
    const report = await publishFiles(
      publication({ loop: true, signal: stop.signal, onProgress: () => stop.abort() }),
    );
    expect(report.published).toBe(64);
  });

  it('shortens a header that a broker would refuse', async () => {
    const className = `${'é'.repeat(300)}z`;
    write('a.png', PNG);
    const files = async function* () {
      yield { path: join(root, 'a.png'), name: 'a.png', className };
    };
    await publishFiles(publication({ files }));
    expect(header('label')).toEqual([`…${className.slice(-254)}`]);
  });
});

describe('a random order', () => {
  it('holds no more than its window', async () => {
    let [given, taken, most] = [0, 0, 0];
    const numbers = async function* () {
      for (; given < 1_000; given++) {
        most = Math.max(most, given - taken);
        yield given;
      }
    };
    const seen: number[] = [];
    for await (const number of shuffled(numbers(), 50)) {
      taken++;
      seen.push(number);
    }
    expect(seen.toSorted((a, b) => a - b)).toEqual(Array.from({ length: 1_000 }, (_, i) => i));
    expect(seen).not.toEqual(seen.toSorted((a, b) => a - b));
    expect(most).toBeLessThanOrEqual(51);
  });
});
