import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Webhook } from 'standardwebhooks';
import { SkippedRecords } from '../../src/core/skipped-records';
import type { RequestAnswer } from '../../src/http/services';
import { CallbackJournal } from '../../src/requests/callback-journal';
import { CallbackTargets } from '../../src/requests/callback-targets';
import { Callbacks, type CallbacksOptions } from '../../src/requests/callbacks';
import { SILENT_LOG } from '../helpers/services';

const SECRET = 'a secret of sixteen or more';
const FAILED: RequestAnswer = { state: 'failed', error: { code: 'CORRUPT', message: 'cut off' } };

interface Received {
  readonly path: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

describe('callbacks of requests', () => {
  let server: Server;
  let base: string;
  let answer: RequestListener;
  let received: Received[];
  let open: Callbacks[];
  let logged: { readonly level: string; readonly reason: unknown }[];

  beforeEach(async () => {
    received = [];
    open = [];
    logged = [];
    answer = (_request, response) => response.writeHead(204).end();
    server = createServer((request, response) => {
      let body = '';
      request.on('data', (data: Buffer) => (body += data.toString()));
      request.on('end', () => {
        received.push({ path: request.url ?? '', headers: request.headers, body });
        answer(request, response);
      });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  afterEach(async () => {
    await Promise.all(open.map((one) => one.close()));
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });

  function create(overrides: Partial<CallbacksOptions> = {}, path: string | null = null): Callbacks {
    const note = (level: string) => (about: object) =>
      void logged.push({ level, reason: 'reason' in about ? about.reason : undefined });
    const log = { ...SILENT_LOG, warn: note('warn'), error: note('error') };
    const callbacks = new Callbacks({
      targets: new CallbackTargets({ allow: [`${base}/hooks`], allowPrivateNetwork: true }),
      journal: new CallbackJournal(path, log, new SkippedRecords()),
      secret: SECRET,
      timeoutMs: 5_000,
      attempts: 3,
      version: '0.1.0',
      log,
      firstWaitMs: 1,
      ...overrides,
    });
    open.push(callbacks);
    return callbacks;
  }

  /** Until the callbacks have nothing open. */
  async function settled(journal: CallbackJournal): Promise<void> {
    while (journal.open.size > 0) await new Promise((resolve) => setTimeout(resolve, 5));
  }

  async function deliver(url: string, overrides: Partial<CallbacksOptions> = {}): Promise<void> {
    const journal = new CallbackJournal(null, SILENT_LOG, new SkippedRecords());
    const callbacks = create({ journal, ...overrides });
    callbacks.add('a-1', url);
    callbacks.answered('a-1', FAILED);
    await settled(journal);
  }

  it('get the answer once, with a signature that the receiver can verify', async () => {
    await deliver(`${base}/hooks/orders?token=t`);
    expect(received).toHaveLength(1);
    const [{ path, headers, body }] = received as [Received];
    expect(path).toBe('/hooks/orders?token=t');
    expect(JSON.parse(body)).toEqual({ id: 'a-1', ...FAILED });
    expect(headers['webhook-id']).toBe('a-1');
    const receiver = new Webhook(SECRET, { format: 'raw' });
    expect(receiver.verify(body, headers as Record<string, string>)).toEqual(JSON.parse(body));
    expect(() => receiver.verify(`${body} `, headers as Record<string, string>)).toThrow(
      'No matching signature',
    );
  });

  it("have a signature that the receivers' library verifies with a key in base64", async () => {
    const secret = `whsec_${Buffer.from('0123456789abcdef').toString('base64')}`;
    await deliver(`${base}/hooks/orders`, { secret });
    const [{ headers, body }] = received as [Received];
    expect(new Webhook(secret).verify(body, headers as Record<string, string>)).toMatchObject({ id: 'a-1' });
  });

  it('are not called for another request, or after the request was not published', () => {
    const callbacks = create();
    callbacks.add('a-1', `${base}/hooks/1`);
    callbacks.answered('a-2', FAILED);
    callbacks.drop('a-1');
    callbacks.answered('a-1', FAILED);
    expect(callbacks.waiting).toEqual([]);
    expect(received).toEqual([]);
  });

  it('are repeated while the receiver is away, up to the number of attempts', async () => {
    answer = (_request, response) => response.writeHead(received.length < 3 ? 503 : 204).end();
    await deliver(`${base}/hooks/1`);
    expect(received).toHaveLength(3);
    expect(logged.map(({ level }) => level)).toEqual(['warn']);
    received = [];
    answer = (_request, response) => response.writeHead(500).end();
    await deliver(`${base}/hooks/1`);
    expect(received).toHaveLength(3);
    expect(logged.at(-1)).toEqual({ level: 'error', reason: 'the callback answered HTTP 500' });
  });

  it('are not repeated after a refusal', async () => {
    answer = (_request, response) => response.writeHead(410).end();
    await deliver(`${base}/hooks/1`);
    expect(received).toHaveLength(1);
    expect(logged).toEqual([{ level: 'error', reason: 'HTTP 410' }]);
  });

  it('follow a redirect with the same body, within the allowed places only', async () => {
    answer = ({ url }, response) =>
      url === '/hooks/old'
        ? response.writeHead(308, { location: '/hooks/new' }).end()
        : response.writeHead(204).end();
    await deliver(`${base}/hooks/old`);
    expect(received.map(({ path }) => path)).toEqual(['/hooks/old', '/hooks/new']);
    expect(received[0]?.body).toBe(received[1]?.body);
  });

  it.each([
    [
      'http://169.254.169.254/latest/meta-data',
      /^it redirects: .* is not in a place of requests.callbacks.allow$/,
    ],
    ['/admin', /^it redirects: .* is not in a place of requests.callbacks.allow$/],
    ['file:///etc/passwd', /^it redirects: its scheme is not https$/],
    ['/hooks/old', /^it redirects more than 3 times$/],
  ])('do not follow a redirect to %s', async (location, reason) => {
    answer = (_request, response) => response.writeHead(307, { location }).end();
    await deliver(`${base}/hooks/old`);
    expect(received.every(({ path }) => path === '/hooks/old')).toBe(true);
    expect(logged).toEqual([{ level: 'error', reason: expect.stringMatching(reason) as string }]);
  });

  it('do not follow a redirect that changes the method', async () => {
    answer = (_request, response) => response.writeHead(302, { location: '/hooks/new' }).end();
    await deliver(`${base}/hooks/old`);
    expect(received).toHaveLength(1);
    expect(logged[0]?.reason).toBe('HTTP 302: only redirects with 307 or 308 are followed');
  });

  it.each([
    ['another host', 'https://example.com/hooks', /is not in a place of requests.callbacks.allow/],
    ['another folder', '/hooks/../admin', /is not in a place of requests.callbacks.allow/],
    ['credentials', 'http://user:password@127.0.0.1/hooks', /^callback: it holds credentials$/],
    ['another scheme', 'ftp://127.0.0.1/hooks', /^callback: its scheme is not https$/],
    ['no address', 'http://', /^callback: it is not an address/],
  ])('are refused with %s', (_, url, message) => {
    const full = url.startsWith('/') ? base + url : url;
    expect(() => create().add('a-1', full)).toThrow(
      expect.objectContaining({
        code: 'BAD_REQUEST',
        message: expect.stringMatching(message) as string,
      }) as Error,
    );
  });

  it('are refused at a private address unless that is allowed', () => {
    const targets = new CallbackTargets({ allow: [base, 'http://localhost'], allowPrivateNetwork: false });
    for (const url of [base, 'http://localhost/'])
      expect(targets.parse(url)).toMatchObject({
        problem: expect.stringMatching(
          /private address; see requests.callbacks.allowPrivateNetwork/,
        ) as string,
      });
    expect(targets.lookup).toBeDefined();
  });

  it('survive a restart until they are delivered, and are dropped after a day', async () => {
    const path = join(mkdtempSync(join(tmpdir(), 'stream-infer-callbacks-')), 'callbacks', 'one.log');
    const before = create({}, path);
    for (const id of ['a-1', 'a-2', 'a-3']) before.add(id, `${base}/hooks/${id}`);
    before.answered('a-1', FAILED);
    while (received.length === 0) await new Promise((resolve) => setTimeout(resolve, 5));
    await before.close();

    // The process died in the middle of a record, and another record is damaged.
    writeFileSync(path, `${readFileSync(path, 'utf8')}00000000 {"done":"a-2"}\n1234`);
    const after = create({}, path);
    expect(after.waiting.map(({ id }) => id)).toEqual(['a-2', 'a-3']);
    after.drop('a-3');
    await after.close();
    jest.useFakeTimers({ now: Date.now() + 25 * 3_600_000, doNotFake: ['setTimeout', 'performance'] });
    try {
      expect(create({}, path).waiting).toEqual([]);
    } finally {
      jest.useRealTimers();
    }
  });
});
