/** Malicious or broken HTTP clients must not affect the pipeline. */
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { request as httpRequest } from 'node:http';
import { connect, type Socket } from 'node:net';

import { Cli, until } from '../helpers/cli';
import { healthOf, peak, rssOf } from './watch';

jest.setTimeout(180_000);

const SLOW_READERS = 50;
/** Larger than the feed's limit of 200 pages and smaller than the server's of 1024 connections. */
const TOO_MANY = 400;
/** Larger than the latter. */
const MORE_THAN_ALL = 1_200;
/** Longest time that a request may delay others, ms; includes room for a busy machine. */
const BOUND = 3_000;
const MIB = 2 ** 20;
const FORM = 'multipart/form-data; boundary=x';

describe('abuse over HTTP', () => {
  let instance: Cli;
  let sockets: Socket[] = [];

  beforeAll(async () => {
    instance = await new Cli(['--port', '0', '--workers', '1', '--rate', '300']).ready();
  }, 90_000);
  afterAll(async () => {
    if (instance.child.exitCode === null) await instance.stop('SIGKILL');
  }, 30_000);
  afterEach(async () => {
    for (const socket of sockets) socket.destroy();
    sockets = [];
    const before = await predictions();
    await until(
      async () => (await predictions()) > before,
      30_000,
      () => 'the pipeline stands still',
    );
    expect(await healthOf(instance)).toMatchObject({ live: 200, ready: 200 });
  }, 60_000);

  it('a body of 100 MB is rejected before it is read, with and without a content length', async () => {
    const before = rssOf(instance);
    expect(await post({ 'content-length': String(100 * 2 ** 20) })).toBe(413);
    expect(await post({ 'transfer-encoding': 'chunked' }, 100 * 2 ** 20)).toBe(413);
    expect(rssOf(instance)).toBeLessThan(before + 150);
  });

  it('a foreign host, a page of another site and a malformed form are rejected', async () => {
    expect(await post({ host: 'attacker.example' }, 784)).toBe(403);
    expect(await post({ origin: 'https://attacker.example' }, 784)).toBe(403);
    expect(await post({ 'sec-fetch-site': 'cross-site' }, 784)).toBe(403);
    expect(await post({ 'content-type': 'multipart/form-data; boundary=nowhere' }, 784)).toBe(400);
    expect(await post({ 'content-type': 'multipart/form-data' }, 784)).toBe(400);
    expect(await post({}, 784)).toBe(200);
  });

  it('bytes that are not HTTP get status 400 or a closed connection', async () => {
    for (const rubbish of ['\0\0\0\0\r\n\r\n', 'GET / HTTP/9.9\r\n\r\n', `GET /${'a'.repeat(100_000)}`]) {
      const socket = await open();
      const closed = untilClosed(socket);
      socket.write(rubbish);
      socket.resume();
      await closed;
    }
  });

  it('many concurrent clients that send headers slowly are disconnected', async () => {
    const slow = await Promise.all(Array.from({ length: 100 }, () => open()));
    const cut = Promise.all(slow.map((socket) => untilClosed(socket.resume())));
    for (const socket of slow) socket.write('GET /api/v1/stats HTTP/1.1\r\nHost: localhost\r\n');
    const drops = setInterval(() => {
      for (const socket of slow) if (socket.writable) socket.write('x: y\r\n');
    }, 500);
    expect((await healthOf(instance)).live).toBe(200);
    await cut;
    clearInterval(drops);
  });

  it('pages that never read cost little memory, and other pages are still served', async () => {
    const before = rssOf(instance);
    for (let i = 0; i < SLOW_READERS; i++) (await stream()).pause();
    const reader = await stream();
    let bytes = 0;
    reader.on('data', (chunk: Buffer) => (bytes += chunk.length));
    const memory = peak(() => rssOf(instance));
    await until(
      () => bytes > 500_000,
      60_000,
      () => `${bytes} bytes came`,
    );
    expect((await memory.stop()) - before).toBeLessThan(200);
  });

  it('live pages above the limit are rejected, and accepted again when others leave', async () => {
    const statuses = await Promise.all(
      Array.from({ length: TOO_MANY }, async () => statusOf(await stream())),
    );
    expect(new Set(statuses)).toEqual(new Set([200, 503]));
    for (const socket of sockets) socket.destroy();
    await until(
      async () => (await statusOf(await stream())) === 200,
      30_000,
      () => 'there is no room again',
    );
  });

  it('a client with more connections than the limit does not block the probes', async () => {
    for (let i = 0; i < MORE_THAN_ALL; i++) await open();
    for (let i = 0; i < 10; i++) expect((await healthOf(instance)).live).toBe(200);
    // The oldest connections are closed.
    expect(sockets.filter(({ destroyed }) => destroyed).length).toBeGreaterThan(MORE_THAN_ALL - 1_024);
  });

  it('a connection is closed after its maximum number of requests', async () => {
    const socket = await open();
    const closed = untilClosed(socket.resume());
    socket.write('GET /api/v1/predictions?limit=500 HTTP/1.1\r\nHost: localhost\r\n\r\n'.repeat(20_000));
    expect(await slowest(() => closed)).toBeLessThan(BOUND);
  });

  it.each([
    [
      'outputs',
      '/v2/models/fashion-mnist/infer',
      () => infer({ outputs: many('{"name":"label"}', 200_000) }),
      400,
    ],
    ['unknown fields', '/v2/models/fashion-mnist/infer', () => object(200_000, ':0'), 400],
    ['levels', '/v1/models/fashion-mnist:predict', () => '['.repeat(4 * MIB), 400],
    ['fields of an envelope', '/api/v1/classify', () => object(1_200_000, ':0'), 422],
    ['lists in an envelope', '/api/v1/classify', () => `{"image":${'['.repeat(8 * MIB - 10)}`, 422],
    [
      'header lines of a form',
      '/api/v1/classify',
      () => `--x\r\n${'a:b\r\n'.repeat(2_600_000)}\r\n`,
      400,
      FORM,
    ],
    ['parts of a form', '/api/v1/classify', () => '--x\r\n\r\n\r\n'.repeat(1_500_000), 400, FORM],
  ])(
    'millions of %s do not delay other requests',
    async (_what, path, body, status, type = 'application/json') => {
      const text = body();
      const started = performance.now();
      let answer: Response | undefined;
      const longest = await slowest(async () => {
        const headers = { 'content-type': type };
        answer = await fetch(`${instance.url}${path}`, { method: 'POST', headers, body: text });
        await answer.text();
      });
      expect(answer?.status).toBe(status);
      expect(longest).toBeLessThan(BOUND);
      // A worker that is busy for seconds would be given up, and the message tried twice more.
      expect(performance.now() - started).toBeLessThan(20_000);
    },
  );

  it('requests waiting for predictions are limited and use no thread each', async () => {
    const before = threadsOf(instance);
    const stop = new AbortController();
    const path = '/memory/push-to-consumer?start_idx=0&end_idx=100&rate=0.1&wait=true';
    const statuses: number[] = [];
    for (let i = 0; i < 100; i++)
      void fetch(`${instance.url}${path}`, { signal: stop.signal }).then(
        ({ status }) => statuses.push(status),
        () => undefined,
      );
    await until(
      () => statuses.length === 84,
      30_000,
      () => `${statuses.length} are refused`,
    );
    expect(new Set(statuses)).toEqual(new Set([429]));
    expect(threadsOf(instance)).toBeLessThan(before + 5);
    stop.abort();
    const again = `${instance.url}/memory/push-to-consumer?start_idx=0&end_idx=3&wait=true`;
    await until(
      async () => (await fetch(again)).status === 200,
      30_000,
      () => 'there is no room again',
    );
  });

  async function predictions(): Promise<number> {
    return (await instance.json<{ predictions: number }>('/api/v1/stats')).predictions;
  }

  /** The status with which a classification ends; the body may be refused in the middle. */
  function post(headers: Record<string, string>, bytes = 0): Promise<number> {
    return new Promise((resolve, reject) => {
      const options = { method: 'POST', headers: { connection: 'close', ...headers } };
      const request = httpRequest(`${instance.url}/api/v1/classify`, options, (response) => {
        response.resume();
        resolve(response.statusCode ?? 0);
        request.destroy();
      });
      // After an answer the server may close on what is still being sent.
      request.on('error', (error) => reject(error));
      const chunk = Buffer.alloc(Math.min(bytes, 64 * 1024));
      const send = (left: number): void => {
        if (left <= 0) return void (headers['content-length'] === undefined && request.end());
        request.write(chunk.subarray(0, left), () => !request.destroyed && send(left - chunk.length));
      };
      if (headers['content-length'] === undefined) send(bytes);
      else request.flushHeaders();
    });
  }

  /** The longest response time of `/livez` during the work, ms. */
  async function slowest(work: () => Promise<unknown>): Promise<number> {
    let over = false;
    const worked = work().finally(() => (over = true));
    let longest = 0;
    while (!over) {
      const started = performance.now();
      await (await fetch(`${instance.url}/livez`)).text();
      longest = Math.max(longest, performance.now() - started);
    }
    await worked;
    return longest;
  }

  async function open(): Promise<Socket> {
    const socket = connect(Number(new URL(instance.url).port), '127.0.0.1');
    sockets.push(socket);
    socket.on('error', () => undefined);
    await once(socket, 'connect');
    return socket;
  }

  async function stream(): Promise<Socket> {
    const socket = await open();
    socket.write('GET /api/v1/stream HTTP/1.1\r\nHost: localhost\r\nAccept: text/event-stream\r\n\r\n');
    return socket;
  }
});

/** A connection that is cut while something is on its way ends with a reset. */
function untilClosed(socket: Socket): Promise<void> {
  return new Promise((resolve) => socket.once('close', () => resolve()));
}

async function statusOf(socket: Socket): Promise<number> {
  const [head] = (await once(socket, 'data')) as [Buffer];
  return Number(/^HTTP\/1\.1 (\d+)/.exec(head.toString('latin1'))?.[1]);
}

function many(entry: string, count: number): string {
  return `[${Array<string>(count).fill(entry).join()}]`;
}

/** JSON with so many members. */
function object(members: number, value: string): string {
  return `{${Array.from({ length: members }, (_, at) => `"${at.toString(36)}"${value}`).join()}}`;
}

function infer({ outputs }: { outputs: string }): string {
  const data = many('0', 784);
  return `{"inputs":[{"name":"image","shape":[1,784],"datatype":"UINT8","data":${data}}],"outputs":${outputs}}`;
}

function threadsOf({ child }: Cli): number {
  return Number(/^Threads:\s+(\d+)/m.exec(readFileSync(`/proc/${child.pid}/status`, 'utf8'))?.[1]);
}
