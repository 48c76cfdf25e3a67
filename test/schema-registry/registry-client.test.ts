import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { RegistryClient } from '../../src/schema-registry/registry-client';

const never = new AbortController().signal;

describe('asking a schema registry', () => {
  const servers: Server[] = [];
  afterEach(() => {
    for (const server of servers.splice(0)) {
      server.closeAllConnections();
      server.close();
    }
  });

  async function serve(answer: RequestListener): Promise<string> {
    const server = createServer(answer);
    servers.push(server);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}/base`;
  }

  function client(urls: readonly string[], headers = {}, timeoutMs = 2_000): RegistryClient {
    return new RegistryClient({ urls, headers, timeoutMs }, never);
  }

  it('sends the credentials, and takes a schema by id, by GUID and by version', async () => {
    const seen: unknown[] = [];
    const url = await serve((request, response) => {
      seen.push([request.method, request.url, request.headers.authorization]);
      response.end(
        '{"schema":"\\"bytes\\"","references":[{"name":"a","subject":"b","version":1},{"name":5}]}',
      );
    });
    const asked = client([url], { authorization: 'Bearer secret' });
    const references = [{ name: 'a', subject: 'b', version: 1 }];
    const expected = { kind: 'found', value: { format: 'AVRO', text: '"bytes"', references } };
    expect(await asked.schema(7)).toEqual(expected);
    expect(await asked.schema('00112233-4455-6677-8899-aabbccddeeff')).toEqual(expected);
    expect(await asked.version({ name: 'x', subject: 'a/b', version: 3 })).toEqual(expected);
    expect(seen).toEqual([
      ['GET', '/base/schemas/ids/7', 'Bearer secret'],
      ['GET', '/base/schemas/guids/00112233-4455-6677-8899-aabbccddeeff', 'Bearer secret'],
      ['GET', '/base/subjects/a%2Fb/versions/3', 'Bearer secret'],
    ]);
  });

  it('takes an unknown schema for that only where the registry itself says so', async () => {
    const url = await serve((request, response) => {
      response.statusCode = 404;
      const isKnown = request.url?.endsWith('/1');
      response.end(
        isKnown ? '{"error_code":40403,"message":"Schema not found"}' : '<html>nothing here</html>',
      );
    });
    expect(await client([url]).schema(1)).toMatchObject({ kind: 'unknown' });
    const other = await client([url]).schema(2);
    expect(other).toMatchObject({ kind: 'unavailable' });
    expect((other as { reason: string }).reason).toMatch(/HTTP 404 .*check the path of schemaRegistry.url/);
  });

  it.each([
    [401, '{"message":"no"}', /HTTP 401 .*: no; check schemaRegistry.username/],
    [302, '', /redirects are not followed/],
    [503, '', /HTTP 503/],
    [200, 'no JSON', /HTTP 200/],
    [200, '{"schema":"x","schemaType":"THRIFT"}', /without a schema of a known type/],
  ])('finds nothing out from HTTP %i %s', async (status, body, reason) => {
    const url = await serve((_, response) => {
      response.writeHead(status, { 'retry-after': '3', location: 'http://127.0.0.1:1/' });
      response.end(body);
    });
    const answer = await client([url]).schema(1);
    expect(answer.kind).toBe('unavailable');
    expect((answer as { reason: string }).reason).toMatch(reason);
    if (status === 503) expect(answer).toMatchObject({ retryAfterMs: 3_000 });
  });

  it('bounds the time and the size of an answer', async () => {
    const silent = await serve(() => undefined);
    expect(await client([silent], {}, 30).schema(1)).toMatchObject({
      kind: 'unavailable',
      reason: `the schema registry ${silent}/schemas/ids/1: no answer within 30 ms`,
    });
    const endless = await serve((_, response) => {
      const chunk = Buffer.alloc(1 << 20, 32);
      const write = (): void => void (response.writableEnded || response.write(chunk, write));
      write();
    });
    const answer = await client([endless]).schema(1);
    expect((answer as { reason: string }).reason).toMatch(/more than 4194304 bytes/);
  });

  it('asks the next address where one gives no answer', async () => {
    const url = await serve((_, response) => response.end('{"schema":"x"}'));
    const closed = await serve(() => undefined);
    servers.pop()?.close();
    expect(await client([closed, url]).schema(1)).toMatchObject({ kind: 'found' });
    const down = await client([closed]).schema(1);
    expect((down as { reason: string }).reason).toBe(
      `the schema registry ${closed}/schemas/ids/1: ECONNREFUSED`,
    );
  });
});
