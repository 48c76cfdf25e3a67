/** Limits of one client: connections, concurrent requests, and answers that are never read. */
import { once } from 'node:events';
import { createServer } from 'node:http';
import { connect, type AddressInfo, type Socket } from 'node:net';
import express from 'express';
import { limitRequests } from '../../src/http/request-limit';
import { startHttpServer, type HttpServer } from '../../src/http/server';
import { problem } from '../helpers/http-app';
import { createFakeServices, SILENT_LOG, type FakeServices } from '../helpers/services';
import { until } from '../helpers/cli';

let services: FakeServices;
let server: HttpServer | undefined;
const sockets: Socket[] = [];

async function start(options: Partial<Parameters<typeof startHttpServer>[0]> = {}): Promise<number> {
  services = createFakeServices();
  server = await startHttpServer({ host: '127.0.0.1', port: 0, services, log: SILENT_LOG, ...options });
  return server.port;
}
afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.destroy();
  await server?.close(100);
  server = undefined;
});

it('disconnects a client with too many pipelined requests', async () => {
  const port = await start();
  const list = jest.spyOn(services.results, 'list');
  const socket = await open(port);
  const closed = once(socket.resume(), 'close');
  socket.write('GET /api/v1/predictions?limit=500 HTTP/1.1\r\nHost: localhost\r\n\r\n'.repeat(800));
  await closed;
  expect(list.mock.calls.length).toBeLessThanOrEqual(32);
  expect(await statusOf(port, '/livez')).toBe(200);
});

it('answers pipelined requests in order', async () => {
  const socket = await open(await start());
  let text = '';
  socket.on('data', (data: Buffer) => (text += data.toString()));
  socket.write('GET /livez HTTP/1.1\r\nHost: localhost\r\n\r\n'.repeat(20));
  await until(
    () => text.split(' 200 OK').length === 21,
    5_000,
    () => text,
  );
});

it('refuses too many concurrent requests, but not the probes', async () => {
  const port = await start();
  services.stuck = true;
  const wait =
    'GET /memory/push-to-consumer?start_idx=0&end_idx=1&wait=true HTTP/1.1\r\nHost: localhost\r\n\r\n';
  for (let i = 0; i < 16; i++) (await open(port)).write(wait.repeat(16));
  await until(
    () => services.waits.length === 256,
    10_000,
    () => `${services.waits.length} wait`,
  );
  const refused = await fetch(`http://127.0.0.1:${port}/api/v1/stats`);
  expect(await refused.json()).toEqual(problem(429, 'OVERLOADED'));
  expect(refused.headers.get('retry-after')).toBe('1');
  for (const path of ['/livez', '/readyz', '/v2/health/live']) expect(await statusOf(port, path)).toBe(200);
  for (const socket of sockets.splice(0)) socket.destroy();
  await until(
    async () => (await statusOf(port, '/api/v1/stats')) === 200,
    5_000,
    () => 'there is no room again',
  );
});

it('closes the longest idle connection at the limit', async () => {
  const port = await start({ limits: { connections: 10 } });
  const busy = await open(port);
  services.stuck = true;
  busy.write(
    'GET /memory/push-to-consumer?start_idx=0&end_idx=1&wait=true HTTP/1.1\r\nHost: localhost\r\n\r\n',
  );
  const oldest = await open(port);
  const gone = once(oldest, 'close');
  for (let i = 0; i < 8; i++) await open(port);
  expect(await statusOf(port, '/livez')).toBe(200);
  await gone;
  expect(busy.destroyed).toBe(false);
});

it('keeps idle connections for longer than load balancers do', async () => {
  const socket = await open(await start());
  socket.write('GET /livez HTTP/1.1\r\nHost: localhost\r\n\r\n');
  const [head] = (await once(socket, 'data')) as [Buffer];
  expect(Number(/^Keep-Alive: timeout=(\d+)/im.exec(String(head))?.[1])).toBeGreaterThan(60);
});

it('disconnects a client that does not read its answer, and serves others', async () => {
  const app = express().use(limitRequests(1, 100));
  app.get('/large', (_request, response) => void response.send(Buffer.alloc(64 * 2 ** 20)));
  app.get('/small', (_request, response) => void response.json({}));
  const http = createServer(app).listen(0, '127.0.0.1');
  await once(http, 'listening');
  const { port } = http.address() as AddressInfo;
  try {
    const socket = await open(port);
    socket.pause().write('GET /large HTTP/1.1\r\nHost: localhost\r\n\r\n');
    await until(
      async () => (await statusOf(port, '/small')) === 429,
      5_000,
      () => 'the large answer takes no room',
    );
    await until(
      async () => (await statusOf(port, '/small')) === 200,
      5_000,
      () => 'there is no room again',
    );
  } finally {
    http.closeAllConnections();
    http.close();
  }
});

it('logs refused live feeds and other 503s without an error or a stack', async () => {
  const error = jest.fn();
  const warn = jest.fn();
  const port = await start({ log: { ...SILENT_LOG, error, warn } });
  services.model = () => null;
  expect(await statusOf(port, '/v2/models/fashion-mnist')).toBe(503);
  for (let i = 0; i < 200; i++)
    (await open(port)).write('GET /api/v1/stream HTTP/1.1\r\nHost: localhost\r\n\r\n');
  await until(
    async () => (await statusOf(port, '/api/v1/stream')) === 503,
    10_000,
    () => 'the feed has room for all',
  );
  expect([error.mock.calls, warn.mock.calls]).toEqual([[], []]);
});

async function open(port: number): Promise<Socket> {
  const socket = connect(port, '127.0.0.1');
  sockets.push(socket);
  socket.on('error', () => undefined);
  await once(socket, 'connect');
  return socket;
}

/** Opens a connection per request and does not wait for the body. */
async function statusOf(port: number, path: string): Promise<number> {
  const stop = new AbortController();
  const headers = { connection: 'close' };
  const response = await fetch(`http://127.0.0.1:${port}${path}`, { headers, signal: stop.signal });
  stop.abort();
  return response.status;
}
