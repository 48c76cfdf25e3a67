import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { OidcProvider, type OidcClient } from '../../../../src/brokers/kafka/identity/oidc';

interface Request {
  readonly authorization: string | undefined;
  readonly form: URLSearchParams;
}

type Answer = readonly [status: number, body: unknown, headers?: Record<string, string>];

const SECRET = 'p+a/s s=w:o%rd';
const JWT = `x.${Buffer.from('{"sub":"alice","exp":4102444800}').toString('base64url')}.x`;

describe('a token of an OAuth server', () => {
  let server: Server;
  let requests: Request[];
  let respond: (request: Request) => Answer;

  beforeAll(async () => {
    server = createServer((request, response) => {
      void formOf(request).then((form) => {
        const asked = { authorization: request.headers.authorization, form };
        requests.push(asked);
        const [status, body, headers] = respond(asked);
        response.writeHead(status, { connection: 'close', ...headers });
        response.end(typeof body === 'string' ? body : JSON.stringify(body));
      });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  });
  afterAll(() => new Promise((resolve) => server.close(resolve)));
  beforeEach(() => {
    requests = [];
    respond = () => [200, { access_token: JWT, expires_in: 60 }];
  });

  function provider(given: Partial<OidcClient> = {}): OidcProvider {
    const { port } = server.address() as AddressInfo;
    const tokenUrl = `http://127.0.0.1:${port}/token?key=k`;
    return new OidcProvider({ clientId: 'team a', clientSecret: SECRET, tokenUrl, ...given });
  }

  const fetched = (given?: Partial<OidcClient>, signal = AbortSignal.timeout(5_000)) =>
    provider(given).fetch(signal);

  it('is requested with client credentials in a header, and names its owner', async () => {
    const token = await fetched({
      scope: 'kafka',
      audience: 'broker',
      extensions: { logicalCluster: 'lkc' },
    });
    expect(token).toMatchObject({ value: JWT, principal: 'alice', extensions: { logicalCluster: 'lkc' } });
    expect(token.expiresAt - Date.now()).toBeGreaterThan(50_000);
    expect(token.expiresAt - Date.now()).toBeLessThanOrEqual(60_000);
    const [{ authorization = '', form } = { form: new URLSearchParams() }] = requests;
    const [id = '', secret = ''] = Buffer.from(authorization.slice(6), 'base64').toString().split(':');
    expect([id, secret].map(decodeURIComponent)).toEqual(['team a', SECRET]);
    expect(Object.fromEntries(form)).toEqual({
      grant_type: 'client_credentials',
      scope: 'kafka',
      audience: 'broker',
    });
  });

  it('is requested with the secret in the body where the server wants it there, from then on at once', async () => {
    respond = ({ authorization }) =>
      authorization === undefined ? [200, { access_token: JWT }] : [401, { error: 'invalid_client' }];
    const one = provider();
    await one.fetch(AbortSignal.timeout(5_000));
    await one.fetch(AbortSignal.timeout(5_000));
    expect(requests.map(({ form }) => form.get('client_secret'))).toEqual([null, SECRET, SECRET]);
  });

  it('is requested with the present content of an assertion file', async () => {
    const assertionFile = join(mkdtempSync(join(tmpdir(), 'stream-infer-jwt-')), 'token');
    const one = provider({ clientSecret: undefined, assertionFile });
    await expect(one.fetch(AbortSignal.timeout(5_000))).rejects.toThrow(/assertionFile .*cannot be read/);
    for (const jwt of ['first', 'second']) {
      writeFileSync(assertionFile, `${jwt}\n`);
      await one.fetch(AbortSignal.timeout(5_000));
    }
    expect(requests.map(({ form }) => form.get('client_assertion'))).toEqual(['first', 'second']);
    expect(requests[0]?.authorization).toBeUndefined();
  });

  it.each([
    ['seconds as text', { access_token: 'opaque', expires_in: '120' }, () => Date.now() + 120_000],
    ['a JWT alone', { access_token: JWT }, () => 4_102_444_800_000],
    ['an opaque token alone', { access_token: 'opaque' }, () => Date.now() + 300_000],
  ])('has the lifetime of %s', async (_, body, end) => {
    respond = () => [200, body];
    expect(Math.abs((await fetched()).expiresAt - end())).toBeLessThan(10_000);
  });

  it.each([
    [
      [401, { error: 'invalid_client', error_description: `no ${SECRET}` }],
      'IDENTITY_REFUSED',
      /401, invalid_client: no \(masked\)\); check the client/,
    ],
    [[404, 'not here'], 'IDENTITY_REFUSED', /status 404\); check kafka\.oidc\.tokenUrl/],
    [
      [302, '', { location: 'http://127.0.0.1:1/' }],
      'IDENTITY_REFUSED',
      /status 302\); check kafka\.oidc\.tokenUrl/,
    ],
    [[429, {}], 'IDENTITY_UNAVAILABLE', /answers with status 429/],
    [[503, '<html>'], 'IDENTITY_UNAVAILABLE', /answers with status 503/],
    [[200, '<html>'], 'IDENTITY_UNAVAILABLE', /answers without an access_token/],
    [[200, 'x'.repeat(300_000)], 'IDENTITY_UNAVAILABLE', /larger than 262144 bytes/],
  ] as const)('is an error after %j', async (answer, code, message) => {
    respond = () => answer as Answer;
    const error: unknown = await fetched().catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code, message: expect.stringMatching(message) as unknown });
    expect((error as Error).message).not.toContain(SECRET);
    expect((error as Error).message).not.toContain('key=k');
  });

  it('is an error where nothing listens', async () => {
    await expect(fetched({ tokenUrl: 'http://127.0.0.1:1/token' })).rejects.toMatchObject({
      code: 'IDENTITY_UNAVAILABLE',
      message: expect.stringContaining(
        'the token server http://127.0.0.1:1/token does not respond',
      ) as unknown,
    });
  });
});

async function formOf(request: IncomingMessage): Promise<URLSearchParams> {
  let text = '';
  for await (const chunk of request) text += String(chunk);
  return new URLSearchParams(text);
}
