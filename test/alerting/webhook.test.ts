import { createServer, type IncomingMessage, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Webhook } from 'standardwebhooks';
import { createWebhook, type WebhookOptions } from '../../src/alerting/webhook';
import { toAlertMessage } from '../../src/codec/event-json';
import { isPrivateAddress } from '../../src/config/private-address';
import { makeEvent } from '../helpers/events';

const SECRET = 'a secret of sixteen or more';
const alert = toAlertMessage(makeEvent({ id: 'e7', alert: 17 }).event, 17, 'gate-3');
const never = new AbortController().signal;

let server: Server;
let url: string;
let answer: RequestListener;
const received: { headers: IncomingMessage['headers']; body: string }[] = [];

beforeEach(async () => {
  received.length = 0;
  answer = (_request, response) => response.writeHead(204).end();
  server = createServer((request, response) => {
    let body = '';
    request.on('data', (data: Buffer) => (body += data.toString()));
    request.on('end', () => {
      received.push({ headers: request.headers, body });
      answer(request, response);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook`;
});
afterEach(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

const post = (options: Partial<WebhookOptions> = {}) =>
  createWebhook({
    url,
    secret: SECRET,
    timeoutMs: 10_000,
    allowPrivateNetwork: true,
    version: '0.1.0',
    ...options,
  }).post(alert, never);

describe('a webhook', () => {
  it('receives the alert as JSON with a signature that it can verify', async () => {
    expect(await post()).toBeUndefined();
    const [{ headers, body }] = received as [(typeof received)[number]];
    expect(JSON.parse(body)).toEqual(JSON.parse(JSON.stringify(alert)));
    expect(headers).toMatchObject({ 'content-type': 'application/json', 'webhook-id': 'e7' });
    const time = headers['webhook-timestamp'] as string;
    expect(Math.abs(Number(time) - Date.now() / 1000)).toBeLessThan(60);
    new Webhook(SECRET, { format: 'raw' }).verify(body, headers as Record<string, string>);
  });

  it('may have its key as base64, as in Standard Webhooks', async () => {
    const key = Buffer.from('0123456789abcdef');
    await post({ secret: `whsec_${key.toString('base64')}` });
    const [{ headers, body }] = received as [(typeof received)[number]];
    new Webhook(key.toString('base64')).verify(body, headers as Record<string, string>);
  });

  it.each([500, 503, 429, 408])('that answers %s is retried', async (status) => {
    answer = (_request, response) => response.writeHead(status).end();
    await expect(post()).rejects.toMatchObject({ code: 'PUBLISH_FAILED' });
  });

  it.each([400, 404, 410])('that answers %s is not retried', async (status) => {
    answer = (_request, response) => response.writeHead(status).end();
    expect(await post()).toBe(`HTTP ${status}`);
  });

  it.each(['http://169.254.169.254/latest/meta-data', 'http://10.0.0.1/', 'https://example.com/'])(
    'that redirects to %s is not followed',
    async (location) => {
      answer = (_request, response) => response.writeHead(307, { location }).end();
      expect(await post()).toMatch(/^HTTP 307: redirects are not followed/);
      expect(received).toHaveLength(1);
    },
  );

  it('that hangs times out before its headers, and succeeds after them', async () => {
    answer = () => undefined;
    await expect(post({ timeoutMs: 100 })).rejects.toMatchObject({ code: 'TIMEOUT' });
    answer = (_request, response) => void response.writeHead(200).write('forever and ');
    expect(await post({ timeoutMs: 5_000 })).toBeUndefined();
  });

  it('that is not listening is retried', async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
    await expect(post()).rejects.toMatchObject({ code: 'PUBLISH_FAILED' });
    server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  });

  it('at a private address, given by address or name, is not called unless that is allowed', async () => {
    expect(await post({ allowPrivateNetwork: false })).toBe(
      'the URL names a private address; see webhook.allowPrivateNetwork',
    );
    const { port } = server.address() as AddressInfo;
    expect(await post({ allowPrivateNetwork: false, url: `http://localhost:${port}/` })).toBe(
      'the URL names a private address; see webhook.allowPrivateNetwork',
    );
    expect(received).toEqual([]);
  });
});

it.each([
  '127.0.0.1',
  '10.1.2.3',
  '172.31.0.1',
  '192.168.1.1',
  '169.254.169.254',
  '100.64.0.1',
  '0.0.0.0',
  '::1',
  '::',
  'fe80::1',
  'fd00::1',
  '::ffff:127.0.0.1',
  '::127.0.0.1',
  '64:ff9b:1::7f00:1',
  '2002:7f00:1::',
  '2001:0:7f00:1::',
  'fec0::1',
])('%s is a private address', (address) => {
  expect(isPrivateAddress(address)).toBe(true);
});

it.each(['1.1.1.1', '172.32.0.1', '2606:4700::1111', '::ffff:1.1.1.1'])(
  '%s is not a private address',
  (address) => {
    expect(isPrivateAddress(address)).toBe(false);
  },
);
