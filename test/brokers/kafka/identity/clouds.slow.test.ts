/** The SDKs of the clouds, against local servers in place of their metadata services. */
import { createHmac, createHash } from 'node:crypto';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import { execFile } from 'node:child_process';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { promisify } from 'node:util';

import { AwsProvider } from '../../../../src/brokers/kafka/identity/aws';
import { AzureProvider } from '../../../../src/brokers/kafka/identity/azure';
import { claimsOf } from '../../../../src/brokers/kafka/identity/jwt';
import type { KafkaToken } from '../../../../src/brokers/kafka/identity/settings';

type Route = (request: IncomingMessage, url: URL) => unknown;

const ENVIRONMENT = { ...process.env };
const HOUR = 3_600_000;

/** Loads the libraries of the clouds. */
jest.setTimeout(30_000);

describe('tokens of a cloud', () => {
  let server: Server;
  let route: Route;
  let address: string;

  beforeAll(async () => {
    server = createServer((request, response) => {
      const answer = route(request, new URL(request.url ?? '', 'http://x'));
      response.writeHead(answer === undefined ? 404 : 200, {
        'metadata-flavor': 'Google',
        'content-type': typeof answer === 'string' ? 'text/plain' : 'application/json',
        connection: 'close',
      });
      response.end(typeof answer === 'string' ? answer : JSON.stringify(answer ?? {}));
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    address = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  afterAll(() => new Promise((resolve) => server.close(resolve)));
  beforeEach(() => {
    for (const name of Object.keys(process.env))
      if (/^(AWS|AZURE|GOOGLE|GCE|IDENTITY)_/.test(name)) delete process.env[name];
    process.env['HOME'] = '/nonexistent';
  });
  afterEach(() => {
    process.env = { ...ENVIRONMENT };
  });

  const inAnHour = ({ expiresAt }: KafkaToken) => Math.abs(expiresAt - Date.now() - HOUR) < 30_000;

  it('of AWS are a presigned request to kafka-cluster:Connect', async () => {
    const [id, secret, session] = ['AKIDEXAMPLE', 'wJalrXUtnFEMI/K7MDENG', 'session/token=='];
    Object.assign(process.env, { AWS_ACCESS_KEY_ID: id, AWS_SECRET_ACCESS_KEY: secret });
    process.env['AWS_SESSION_TOKEN'] = session;
    const { value, expiresAt } = await new AwsProvider({ region: 'eu-west-1' }).fetch();
    const url = new URL(Buffer.from(value, 'base64url').toString());
    const { searchParams: query } = url;
    expect(url.origin + url.pathname).toBe('https://kafka.eu-west-1.amazonaws.com/');
    const date = query.get('X-Amz-Date') ?? '';
    const scope = `${date.slice(0, 8)}/eu-west-1/kafka-cluster/aws4_request`;
    expect(Object.fromEntries(query)).toEqual({
      Action: 'kafka-cluster:Connect',
      'X-Amz-Algorithm': 'AWS4-HMAC-SHA256',
      'X-Amz-Credential': `${id}/${scope}`,
      'X-Amz-Date': expect.stringMatching(/^\d{8}T\d{6}Z$/) as unknown,
      'X-Amz-Expires': '900',
      'X-Amz-Security-Token': session,
      'X-Amz-SignedHeaders': 'host',
      'X-Amz-Signature': signature(query, url.host, secret, scope),
      'User-Agent': expect.stringMatching(/^aws-msk-iam-sasl-signer-js\//) as unknown,
    });
    expect(Math.abs(expiresAt - Date.now() - 900_000)).toBeLessThan(30_000);
  });

  it('of AWS are an error without credentials', async () => {
    process.env['AWS_EC2_METADATA_DISABLED'] = 'true';
    await expect(new AwsProvider({ region: 'eu-west-1' }).fetch()).rejects.toMatchObject({
      code: 'IDENTITY_REFUSED',
      message: expect.stringMatching(/^aws-msk-iam in eu-west-1: .*credentials/i) as unknown,
    });
  });

  it('of Google Cloud carry the access token of the metadata server and its owner', async () => {
    process.env['GCE_METADATA_HOST'] = address;
    const account = '/computeMetadata/v1/instance/service-accounts/default';
    route = (_, { pathname }) => {
      if (pathname === `${account}/token`) return { access_token: 'ya29.secret', expires_in: 3600 };
      if (pathname === `${account}/email`) return 'stream@project.iam.gserviceaccount.com';
      if (pathname.startsWith('/computeMetadata/v1/instance')) return pathname.endsWith('/') ? {} : 'ok';
      return pathname.startsWith('/computeMetadata/v1/') ? 'project' : undefined;
    };
    const token = await googleToken();
    expect(token).toMatchObject({ principal: 'stream@project.iam.gserviceaccount.com' });
    const [header = '', , inner = ''] = token.value.split('.');
    expect(JSON.parse(Buffer.from(header, 'base64url').toString())).toEqual({
      typ: 'JWT',
      alg: 'GOOG_OAUTH2_TOKEN',
    });
    expect(claimsOf(token.value)).toEqual({
      exp: Math.floor(token.expiresAt / 1_000),
      iat: expect.any(Number) as unknown,
      iss: 'Google',
      scope: 'kafka',
      sub: 'stream@project.iam.gserviceaccount.com',
    });
    expect(Buffer.from(inner, 'base64url').toString()).toBe('ya29.secret');
    expect(inAnHour(token)).toBe(true);
    expect((await googleToken('me@example.com')).principal).toBe('me@example.com');
  });

  it('of Google Cloud are an error where the file with credentials is missing', async () => {
    process.env['GOOGLE_APPLICATION_CREDENTIALS'] = '/nonexistent/key.json';
    expect(await googleToken()).toMatchObject({ code: 'IDENTITY_REFUSED' });
  });

  it('of Azure are for the namespace, from the managed identity', async () => {
    process.env['IDENTITY_ENDPOINT'] = `http://${address}/msi/token`;
    process.env['IDENTITY_HEADER'] = 'header-secret';
    let asked: unknown;
    route = ({ headers }, { searchParams }) => {
      asked = { ...Object.fromEntries(searchParams), secret: headers['x-identity-header'] };
      return {
        ...{ access_token: 'entra.token', token_type: 'Bearer', resource: 'x' },
        expires_on: String(Math.floor(Date.now() / 1_000) + 3600),
      };
    };
    const scope = 'https://demo.servicebus.windows.net/.default';
    const token = await new AzureProvider({ scope, clientId: 'mi-1' }).fetch(AbortSignal.timeout(20_000));
    expect(asked).toMatchObject({
      resource: 'https://demo.servicebus.windows.net',
      client_id: 'mi-1',
      secret: 'header-secret',
    });
    expect(token.value).toBe('entra.token');
    expect(inAnHour(token)).toBe(true);
  });
});

async function googleToken(...args: string[]): Promise<KafkaToken> {
  const helpers = join(__dirname, '../../../helpers');
  const script = ['--require', join(helpers, 'typescript.cjs'), join(helpers, 'google-token.ts')];
  const { stdout } = await promisify(execFile)(process.execPath, [...script, ...args], {
    env: process.env,
  });
  return JSON.parse(stdout) as KafkaToken;
}

/** Signature version 4 of a presigned GET request without a body, computed independently of the SDK. */
function signature(query: URLSearchParams, host: string, secret: string, scope: string): string {
  const hash = (text: string) => createHash('sha256').update(text).digest('hex');
  const encode = (text: string) =>
    encodeURIComponent(text).replace(
      /[!'()*]/g,
      (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`,
    );
  const pairs = [...query]
    .filter(([name]) => name !== 'X-Amz-Signature' && name !== 'User-Agent')
    .map(([name, value]) => `${encode(name)}=${encode(value)}`)
    .sort();
  const request = ['GET', '/', pairs.join('&'), `host:${host}`, '', 'host', hash('')].join('\n');
  const text = ['AWS4-HMAC-SHA256', query.get('X-Amz-Date') ?? '', scope, hash(request)].join('\n');
  const parts = scope.split('/');
  const key = parts.reduce<Buffer>(
    (previous, part) => createHmac('sha256', previous).update(part).digest(),
    Buffer.from(`AWS4${secret}`),
  );
  return createHmac('sha256', key).update(text).digest('hex');
}
