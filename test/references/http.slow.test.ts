import type { LookupAddress } from 'node:dns';
import * as undici from 'undici';
import { createPublicLookup } from '../../src/config/public-lookup';
import { AllowList } from '../../src/references/allow-list';
import { ReferenceFetcher, type Fetched, type FetcherOptions } from '../../src/references/fetcher';
import { HttpStore, type HttpStoreOptions } from '../../src/references/http-store';
import { parseReference } from '../../src/references/parse-reference';
import type { Reference } from '../../src/references/reference';
import { HostileImages } from '../helpers/hostile-images';

const IMAGE = Buffer.from('not really an image, but some bytes');
/** Far above what an answer of this machine takes, and short enough to wait for. */
const TIMEOUT_MS = 500;

interface Stage {
  readonly allow?: readonly string[];
  readonly allowPrivateNetwork?: boolean;
  readonly fetcher?: Partial<FetcherOptions>;
  readonly store?: Partial<HttpStoreOptions>;
}

describe('images behind http', () => {
  const server = new HostileImages(IMAGE);
  const closers: (() => void)[] = [];
  beforeAll(() => server.start());
  afterAll(() => server.close());
  beforeEach(() => {
    server.outage = null;
    server.seen.length = 0;
  });
  afterEach(() => {
    for (const close of closers.splice(0)) close();
  });

  function createFetcher({
    allow = [`http://${server.host}`],
    allowPrivateNetwork = true,
    ...stage
  }: Stage = {}) {
    const allowList = new AllowList({ allow, allowPrivateNetwork });
    const store = new HttpStore(undici, {
      allowList,
      authorization: new Map(),
      timeoutMs: TIMEOUT_MS,
      concurrency: 8,
      lookup: undefined,
      ...stage.store,
    });
    const fetcher = new ReferenceFetcher({
      allowList,
      storeOf: () => store,
      maxBytes: 100_000,
      timeoutMs: TIMEOUT_MS,
      attempts: 2,
      cacheBytes: 1_000_000,
      firstWaitMs: 1,
      ...stage.fetcher,
    });
    closers.push(
      () => fetcher.close(),
      () => store.close(),
    );
    return fetcher;
  }

  async function fetchFrom(text: string, stage: Stage = {}): Promise<Fetched> {
    return await createFetcher(stage).fetch(parseReference(text) as Reference);
  }

  /** The code of a refusal, or the kind of any other end. */
  async function endOf(path: string, stage: Stage = {}): Promise<string> {
    const fetched = await fetchFrom(path.startsWith('/') ? server.url(path) : path, stage);
    return fetched.kind === 'refused' ? fetched.refusal.code : fetched.kind;
  }

  it('are fetched with their content type', async () => {
    const fetched = await fetchFrom(server.url('/image.png'));
    expect(fetched).toMatchObject({ kind: 'fetched', image: { bytes: IMAGE, contentType: 'image/png' } });
    expect(server.seen[0]?.headers).toMatchObject({
      host: server.host,
      'accept-encoding': 'identity',
      'user-agent': 'stream-infer',
    });
  });

  it.each([
    ['/status/404', 'REFERENCE_NOT_FOUND'],
    ['/status/410', 'REFERENCE_NOT_FOUND'],
    ['/status/401', 'REFERENCE_REFUSED'],
    ['/status/403', 'REFERENCE_REFUSED'],
    ['/status/204', 'REFERENCE_REFUSED'],
    ['/status/206', 'REFERENCE_REFUSED'],
    ['/status/418', 'REFERENCE_REFUSED'],
    ['/gzip', 'REFERENCE_REFUSED'],
    ['/declares-much', 'REFERENCE_TOO_LARGE'],
    ['/endless', 'REFERENCE_TOO_LARGE'],
    ['/loop', 'REFERENCE_REFUSED'],
    ['/redirect-nowhere', 'REFERENCE_REFUSED'],
    // The server answers other requests: the image is the reason.
    ['/status/500', 'REFERENCE_FAILED'],
    ['/never', 'REFERENCE_TIMEOUT'],
    ['/stalls', 'REFERENCE_TIMEOUT'],
    ['/drips', 'REFERENCE_TIMEOUT'],
    ['/cut', 'REFERENCE_FAILED'],
    ['/reset', 'REFERENCE_FAILED'],
    ['/no-http', 'REFERENCE_FAILED'],
    ['/huge-headers', 'REFERENCE_FAILED'],
    ['/unchanged', 'REFERENCE_FAILED'],
    ['/status/503', 'later'],
    ['/status/429', 'later'],
    ['/empty', 'fetched'],
  ])('%s ends as %s', async (path, expected) => {
    expect(await endOf(path)).toBe(expected);
  });

  it('are asked for again after a failure that may pass', async () => {
    await endOf('/status/500', { fetcher: { attempts: 3 } });
    expect(server.count('/status/500')).toBe(3);
    await endOf('/status/404', { fetcher: { attempts: 3 } });
    expect(server.count('/status/404')).toBe(1);
  });

  it('are waited for as long as the server asks', async () => {
    expect(await fetchFrom(server.url('/status/429'))).toMatchObject({ kind: 'later', retryAfterMs: 7_000 });
  });

  it('are waited for while their server accepts no request with our header, such as an expired token', async () => {
    const authorization = new Map([[`http://${server.host}`, 'Bearer expired-1']]);
    server.outage = (response) => response.writeHead(401).end();
    const fetched = await fetchFrom(server.url('/image.png'), { store: { authorization } });
    expect(fetched).toMatchObject({ kind: 'later' });
    expect((fetched as { reason: string }).reason).toMatch(
      /HTTP 401; the header in references\.authorization/,
    );
    expect(JSON.stringify(fetched)).not.toContain('expired-1');
    // Without a header, there is nothing to renew.
    expect(await endOf('/image.png')).toBe('REFERENCE_REFUSED');
    server.outage = null;
    expect(await endOf('/status/401', { store: { authorization } })).toBe('REFERENCE_REFUSED');
  });

  it.each<[string, NonNullable<HostileImages['outage']>]>([
    ['resets each connection', (response) => response.destroy()],
    ['answers nothing', () => undefined],
    ['answers 500', (response) => response.writeHead(500).end()],
    ['answers 503', (response) => response.writeHead(503).end()],
  ])('are waited for while their server %s', async (_, outage) => {
    server.outage = outage;
    expect(await endOf('/image.png')).toBe('later');
  });

  it('are waited for while their server does not exist', async () => {
    expect(await endOf('http://127.0.0.1:1/x', { allow: ['http://127.0.0.1:1'] })).toBe('later');
    expect(await endOf('http://nowhere.invalid/x', { allow: ['http://nowhere.invalid'] })).toBe('later');
  });

  it('are refused where a message chose a server that never answered', async () => {
    const stage = { allow: ['http://*.nowhere.invalid'] };
    expect(await endOf('http://a.nowhere.invalid/x', stage)).toBe('REFERENCE_FAILED');
  });

  it('continue with the number of attempts when the time of a call was over', async () => {
    const fetcher = createFetcher({ fetcher: { attempts: 2, timeoutMs: 60_000 } });
    const reference = parseReference(server.url('/status/500')) as Reference;
    expect(await fetcher.fetch(reference)).toMatchObject({ kind: 'later' });
    expect(await fetcher.fetch(reference)).toMatchObject({ kind: 'refused', attempts: 2 });
    expect(server.count('/status/500')).toBe(2);
  });

  it('are fetched once for messages that arrive together', async () => {
    const fetcher = createFetcher();
    const reference = parseReference(server.url('/image.png')) as Reference;
    await Promise.all([fetcher.fetch(reference), fetcher.fetch(reference), fetcher.fetch(reference)]);
    expect(server.count('/image.png')).toBe(1);
  });

  it('are kept as long as their ETag is the same', async () => {
    const fetcher = createFetcher();
    const reference = parseReference(server.url('/tagged.png')) as Reference;
    for (let i = 0; i < 3; i++)
      expect(await fetcher.fetch(reference)).toMatchObject({ kind: 'fetched', image: { bytes: IMAGE } });
    expect(server.seen.map(({ headers }) => headers['if-none-match'])).toEqual([undefined, '"v1"', '"v1"']);
  });

  it('end with the process', async () => {
    const fetcher = createFetcher({ fetcher: { timeoutMs: 40_000 } });
    const fetched = fetcher.fetch(parseReference(server.url('/never')) as Reference);
    while (server.count('/never') === 0) await new Promise((resolve) => setTimeout(resolve, 5));
    fetcher.close();
    expect(await fetched).toEqual({ kind: 'later', reason: 'the process is stopping' });
  });

  describe('through a redirect', () => {
    const redirectTo = (location: string) => `/redirect?${encodeURIComponent(location)}`;

    it('are fetched from an allowed place', async () => {
      expect(await endOf(redirectTo('/image.png'))).toBe('fetched');
    });

    it.each([
      ['another port', 'http://127.0.0.1:1/x'],
      ['another host', 'http://metadata.test/x'],
      ['another folder', '/private/x'],
      ['a file', 'file:///etc/passwd'],
      ['another store', 's3://bucket/key'],
    ])('are not fetched from %s', async (_, location) => {
      const stage = { allow: [`http://${server.host}/redirect/`, `http://${server.host}/public`] };
      const path = redirectTo(location).replace('/redirect', '/redirect/../redirect');
      expect(await endOf(path, { allow: [`http://${server.host}/`] })).toBe(
        location.startsWith('/') ? 'REFERENCE_NOT_FOUND' : 'REFERENCE_FORBIDDEN',
      );
      expect(await endOf(path, stage)).toBe('REFERENCE_FORBIDDEN');
    });

    it('are fetched without the credentials of the first host', async () => {
      const other = new HostileImages(IMAGE);
      await other.start();
      try {
        const allow = [`http://${server.host}`, `http://${other.host}`];
        const authorization = new Map([[`http://${server.host}`, 'Bearer first']]);
        expect(await endOf(redirectTo(other.url('/image.png')), { allow, store: { authorization } })).toBe(
          'fetched',
        );
        expect(server.seen[0]?.headers.authorization).toBe('Bearer first');
        expect(other.seen[0]?.headers.authorization).toBeUndefined();
      } finally {
        await other.close();
      }
    });
  });

  describe('at private addresses', () => {
    const answers = (...rounds: string[][]) => {
      let round = 0;
      return createPublicLookup('references.allowPrivateNetwork', (_name, _options, callback) => {
        const addresses = rounds[Math.min(round++, rounds.length - 1)] as string[];
        callback(
          null,
          addresses.map((address): LookupAddress => ({ address, family: 4 })),
        );
      });
    };

    it.each([
      ['loopback', [['127.0.0.1']]],
      ['the metadata of a cloud', [['169.254.169.254']]],
      ['one of several', [['203.0.113.7', '10.0.0.1']]],
    ])('are refused where a name resolves to %s', async (_, rounds) => {
      const allow = [`http://images.test:${server.port}`];
      const stage = { allow, allowPrivateNetwork: false, store: { lookup: answers(...rounds) } };
      const fetched = await fetchFrom(`http://images.test:${server.port}/image.png`, stage);
      expect(fetched).toMatchObject({
        kind: 'refused',
        refusal: {
          code: 'REFERENCE_FORBIDDEN',
          message: expect.stringMatching(/resolves to the private address/) as string,
        },
        attempts: 1,
      });
      expect(server.seen).toEqual([]);
    });
  });
});
