import { connect, type Socket } from 'node:net';
import { once } from 'node:events';
import { startHttpServer, type HttpServer } from '../../src/http/server';
import { problem } from '../helpers/http-app';
import { createFakeServices, SILENT_LOG } from '../helpers/services';

const servers: HttpServer[] = [];
const start = async (options: Partial<Parameters<typeof startHttpServer>[0]> = {}) => {
  const server = await startHttpServer({
    host: '127.0.0.1',
    port: 0,
    services: createFakeServices(),
    log: SILENT_LOG,
    ...options,
  });
  servers.push(server);
  return server;
};
afterEach(async () => {
  await Promise.all(servers.splice(0).map((server) => server.close(100)));
});

it('returns a URL to show, and answers there', async () => {
  const { url, port } = await start();
  expect(url).toBe(`http://localhost:${port}`);
  expect((await fetch(`http://127.0.0.1:${port}/livez`)).status).toBe(200);
});

it('suggests another port if the port is in use', async () => {
  const { port } = await start();
  await expect(start({ port })).rejects.toMatchObject({
    code: 'PORT_TAKEN',
    message: expect.stringMatching(`--port ${port + 1}.*--port 0`) as string,
  });
});

it('answers HTTP/1.0 without a Host header, as load balancers send', async () => {
  const { port } = await start();
  const socket = connect(port, '127.0.0.1');
  socket.end('GET /livez HTTP/1.0\r\n\r\n');
  const [answer] = (await once(socket, 'data')) as [Buffer];
  expect(answer.toString()).toContain(' 200 OK');
});

it('wants a token before it listens beyond loopback', async () => {
  await expect(start({ host: '0.0.0.0' })).rejects.toMatchObject({ code: 'TOKEN_REQUIRED' });
});

it('refuses 100 MB with 413, with and without Content-Length', async () => {
  const { port } = await start();
  const declared = await raw(
    port,
    'POST /api/v1/classify HTTP/1.1\r\nHost: localhost\r\nContent-Length: 104857600\r\n\r\n',
  );
  expect(declared).toMatch(/^HTTP\/1\.1 413 /);
  expect(JSON.parse(declared.slice(declared.indexOf('{')))).toEqual(problem(413, 'TOO_LARGE_BYTES'));

  const chunk = Buffer.alloc(1024 * 1024);
  const chunked = await fetch(`http://127.0.0.1:${port}/api/v1/classify`, {
    method: 'POST',
    headers: { 'content-type': 'image/png' },
    body: new ReadableStream({
      start(controller) {
        for (let sent = 0; sent < 20; sent++) controller.enqueue(chunk);
        controller.close();
      },
    }),
    duplex: 'half',
  });
  expect(chunked.status).toBe(413);
  expect((await fetch(`http://127.0.0.1:${port}/livez`)).status).toBe(200);
});

it('answers an invalid request target with a problem document', async () => {
  const { port } = await start();
  const answer = await raw(port, 'GET http://[ HTTP/1.1\r\nHost: localhost\r\n\r\n');
  expect(answer).toMatch(/^HTTP\/1\.1 400 /);
  expect(answer).toMatch(/content-type: application\/problem\+json/i);
  expect(JSON.parse(answer.slice(answer.indexOf('{')))).toEqual(problem(400, 'BAD_REQUEST'));
});

it('survives invalid HTTP', async () => {
  const { port } = await start();
  expect(await raw(port, '\x16\x03\x01 not http\r\n\r\n')).toMatch(/^HTTP\/1\.1 400 /);
  expect(await raw(port, 'GET /livez HTTP/1.1\r\n\r\n')).toMatch(/^HTTP\/1\.1 400 /);
  expect((await fetch(`http://127.0.0.1:${port}/livez`)).status).toBe(200);
});

it('disconnects a client that sends headers slowly', async () => {
  const { port } = await start();
  const socket = connect(port, '127.0.0.1');
  socket.write('GET /livez HTTP/1.1\r\nHost: localhost\r\n');
  const drops = setInterval(() => socket.writable && socket.write('X-Drop: 1\r\n'), 500);
  socket.on('error', () => undefined);
  try {
    await answerOf(socket);
  } finally {
    clearInterval(drops);
  }
  expect(socket.destroyed).toBe(true);
}, 20_000);

it('closes within its budget although a request never ends', async () => {
  const services = createFakeServices();
  services.stuck = true;
  const server = await start({ services });
  const stuck = fetch(
    `http://127.0.0.1:${server.port}/memory/push-to-consumer?start_idx=0&end_idx=1&wait=true`,
  ).catch(() => 'cut');
  while (services.waits.length === 0) await new Promise((resolve) => setTimeout(resolve, 5));
  const before = performance.now();
  await server.close(150);
  expect(performance.now() - before).toBeLessThan(1500);
  expect(await stuck).toBe('cut');
});

async function raw(port: number, text: string): Promise<string> {
  const socket = connect(port, '127.0.0.1');
  socket.write(text);
  const answer = await answerOf(socket);
  socket.destroy();
  return answer;
}

/** Resolves when the server closes, or has sent a complete JSON body. */
async function answerOf(socket: Socket): Promise<string> {
  let text = '';
  socket.on('data', (data: Buffer) => {
    text += data.toString();
    if (text.endsWith('}')) socket.emit('whole');
  });
  await Promise.race([once(socket, 'close'), once(socket, 'whole')]);
  return text;
}
