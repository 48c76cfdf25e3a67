import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

import { bytesBody, createClient } from '../../src/client';

interface Sent {
  readonly method: string | undefined;
  readonly url: string | undefined;
  readonly headers: IncomingMessage['headers'];
  readonly body: Buffer;
}

describe('the typed client', () => {
  const sent: Sent[] = [];
  let answer = { status: 200, body: '{}' };
  let server: Server;
  let baseUrl: string;

  beforeAll(async () => {
    server = createServer((request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => {
        const { method, url, headers } = request;
        sent.push({ method, url, headers, body: Buffer.concat(chunks) });
        response.writeHead(answer.status, { 'content-type': 'application/json' }).end(answer.body);
      });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    baseUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  beforeEach(() => {
    sent.length = 0;
    answer = { status: 200, body: '{}' };
  });
  afterAll(() => {
    server.closeAllConnections();
    server.close();
  });

  it('sends the bytes of a file unchanged, with their content type, the query and the token', async () => {
    const bytes = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0, 255]);
    const client = createClient({ baseUrl, token: 'secret' });
    answer.body = '{"className":"Bag","confidence":0.5}';
    const { data } = await client.POST('/api/v1/classify', {
      ...bytesBody(bytes, 'image/png'),
      params: { query: { id: 'a b', invert: 'never' } },
    });
    expect(data).toMatchObject({ className: 'Bag' });
    expect(sent).toMatchObject([
      {
        method: 'POST',
        url: '/api/v1/classify?id=a%20b&invert=never',
        headers: { 'content-type': 'image/png', authorization: 'Bearer secret' },
        body: bytes,
      },
    ]);
  });

  it('sends a Blob as bytes whose format the process recognizes', async () => {
    await createClient({ baseUrl }).POST('/api/v1/classify', bytesBody(new Blob(['abc'])));
    expect(sent[0]?.body.toString()).toBe('abc');
    expect(sent[0]?.headers).toMatchObject({ 'content-type': 'application/octet-stream' });
    expect(sent[0]?.headers).not.toHaveProperty('authorization');
  });

  it('sends objects as JSON', async () => {
    await createClient({ baseUrl }).POST('/api/v1/publish', { body: { start: 0, end: 5 } });
    expect(JSON.parse(String(sent[0]?.body))).toEqual({ start: 0, end: 5 });
    expect(sent[0]?.headers).toMatchObject({ 'content-type': 'application/json' });
  });

  it('resolves with the problem document of an error status', async () => {
    answer = { status: 415, body: '{"status":415,"code":"NOT_AN_IMAGE"}' };
    const { data, error, response } = await createClient({ baseUrl }).POST(
      '/api/v1/classify',
      bytesBody(Buffer.from('x')),
    );
    expect(data).toBeUndefined();
    expect(error?.code).toBe('NOT_AN_IMAGE');
    expect(response.status).toBe(415);
  });

  it('rejects if nothing answers, and uses a fetch of one’s own', async () => {
    const fetch = () => Promise.reject(new Error('no network'));
    await expect(createClient({ baseUrl, fetch }).GET('/livez')).rejects.toThrow('no network');
  });
});
