import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import { downloadFile, type DownloadOptions, type DownloadProgress } from '../../src/dataset/download';

// A digest is as good as noise: it does not get smaller, so half of the file is half of the data.
const data = createHash('shake256', { outputLength: 50_000 }).update('images').digest();
const packed = gzipSync(data);
const known = {
  name: 'labels-idx1-ubyte',
  bytes: data.length,
  sha256: createHash('sha256').update(data).digest('hex'),
};
const FILE = `${known.name}.gz`;

let dir: string;
let server: Server;
let answer: RequestListener;

beforeAll(async () => {
  server = createServer((request, response) => answer(request, response)).listen(0, '127.0.0.1');
  await once(server, 'listening');
});
afterAll(async () => {
  server.closeAllConnections();
  server.close();
  await once(server, 'close');
});
beforeEach(async () => {
  dir = await mkdtemp(path.join(os.tmpdir(), 'stream-infer-download-'));
});
afterEach(() => rm(dir, { recursive: true }));

function download(options: Partial<DownloadOptions> = {}): Promise<string> {
  const { port } = server.address() as AddressInfo;
  return downloadFile(known, { dir, address: `http://127.0.0.1:${port}/`, ...options });
}

async function expectFailure(
  promise: Promise<string>,
  code: string,
  message: string | RegExp,
): Promise<void> {
  await expect(promise).rejects.toMatchObject({ code });
  await expect(promise).rejects.toThrow(message);
  expect(await readdir(dir)).toEqual([]);
}

describe('downloadFile', () => {
  it('renames a verified file, and reports the progress', async () => {
    const seen: DownloadProgress[] = [];
    answer = (request, response) => {
      expect(request.url).toBe(`/${FILE}`);
      response.setHeader('content-length', packed.length).end(packed);
    };
    const file = await download({ onProgress: (progress) => seen.push(progress) });
    expect(file).toBe(path.join(dir, FILE));
    expect((await readFile(file)).equals(packed)).toBe(true);
    expect(await readdir(dir)).toEqual([FILE]);
    expect(seen.at(-1)).toEqual({
      file: known.name,
      receivedBytes: packed.length,
      totalBytes: packed.length,
    });
  });

  it('leaves no file behind when the connection breaks', async () => {
    answer = (_request, response) => {
      response.setHeader('content-length', packed.length);
      response.write(packed.subarray(0, 1000), () => setTimeout(() => response.destroy(), 50));
    };
    await expectFailure(download(), 'DATASET_MISSING', '--data-dir');
  });

  it('rejects a truncated file from a successful response', async () => {
    answer = (_request, response) => void response.end(packed.subarray(0, packed.length / 2));
    await expectFailure(download(), 'DATASET_CORRUPT', FILE);
  });

  it('rejects bytes that differ from the published ones', async () => {
    answer = (_request, response) => void response.end(gzipSync(Buffer.alloc(data.length)));
    await expectFailure(download(), 'DATASET_CORRUPT', known.sha256);
  });

  it('stops when the server sends too many bytes', async () => {
    answer = (_request, response) => void response.end(Buffer.alloc(data.length * 2));
    await expectFailure(download(), 'DATASET_MISSING', /sent more than 50000 bytes/);
  });

  it('times out when the transfer stalls', async () => {
    answer = (_request, response) => void response.write(packed.subarray(0, 100));
    await expectFailure(download({ stallTimeoutMs: 100 }), 'DATASET_MISSING', 'no data for 100 ms');
  });

  it('times out on a very slow server', async () => {
    answer = (_request, response) => {
      const drip = setInterval(() => response.write('x'), 20);
      response.on('close', () => clearInterval(drip));
    };
    const options = { stallTimeoutMs: 5_000, totalTimeoutMs: 300 };
    await expectFailure(download(options), 'DATASET_MISSING', 'not complete after 300 ms');
  });

  it('reports the status of the server, and the remedy without a network', async () => {
    answer = (_request, response) => void response.writeHead(404).end();
    await expectFailure(download(), 'DATASET_MISSING', /the server responded with status 404.*--data-dir/s);
    const closed = 'http://127.0.0.1:9/';
    await expectFailure(download({ address: closed }), 'DATASET_MISSING', /without a network, copy/);
  });

  it('can be cancelled', async () => {
    answer = (_request, response) => void response.write(packed.subarray(0, 100));
    const signal = AbortSignal.timeout(100);
    await expectFailure(download({ signal }), 'ABORTED', 'cancelled');
    await expectFailure(download({ signal: AbortSignal.abort() }), 'ABORTED', 'cancelled');
  });

  it('keeps an existing file when the download fails', async () => {
    await writeFile(path.join(dir, FILE), 'old');
    answer = (_request, response) => void response.writeHead(500).end();
    await expect(download()).rejects.toMatchObject({ code: 'DATASET_MISSING' });
    expect(await readFile(path.join(dir, FILE), 'utf8')).toBe('old');
  });
});
