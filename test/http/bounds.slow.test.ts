/** Small requests that would be expensive to parse: refused immediately by counts and depth. */
import { startHttpServer, type HttpServer } from '../../src/http/server';
import { createFakeServices, SILENT_LOG } from '../helpers/services';
import { longestDelay } from '../helpers/loop-delay';

/** Longest time a request may block the event loop, ms, with a margin for a busy machine. */
const BOUND = 3000;
const MIB = 2 ** 20;
const INFER = '/v2/models/fashion-mnist/infer';

let server: HttpServer;
beforeAll(async () => {
  server = await startHttpServer({
    host: '127.0.0.1',
    port: 0,
    services: createFakeServices(),
    log: SILENT_LOG,
  });
});
afterAll(() => server.close(1000));

describe('an inference request', () => {
  const image = { name: 'image', shape: [1, 784], datatype: 'UINT8', data: Array(784).fill(0) as number[] };

  it('refuses too many or duplicate outputs', async () => {
    const outputs = Array<object>(9_000).fill({ name: 'probabilities' });
    expect(await refused(INFER, JSON.stringify({ inputs: [image], outputs }))).toEqual([
      400,
      expect.stringMatching(/^outputs: must have at most 3/) as string,
    ]);
    const twice = [{ name: 'label' }, { name: 'label' }];
    expect(await refused(INFER, JSON.stringify({ inputs: [image], outputs: twice }))).toEqual([
      400,
      expect.stringMatching(/^outputs: must list each output once/) as string,
    ]);
  });

  it('accepts all numbers of its images in the most nested shape', async () => {
    const nested: unknown = Array.from({ length: 28 }, () => Array.from({ length: 28 }, () => [0]));
    const full = {
      name: 'image',
      shape: [128, 28, 28, 1],
      datatype: 'UINT8',
      data: Array<unknown>(128).fill(nested),
    };
    const { longest, answer } = await measured(INFER, JSON.stringify({ inputs: [full] }));
    expect(answer.status).toBe(200);
    expect(longest).toBeLessThan(BOUND);
  });

  it.each([
    ['outputs', { inputs: [image], outputs: Array<number>(240_000).fill(0) }],
    ['outputs', { inputs: [image], outputs: Array<object>(100_000).fill({}) }],
    ['inputs', { inputs: Array<object>(100_000).fill({}) }],
    ['inputs.0.shape', { inputs: [{ ...image, shape: Array<string>(240_000).fill('x') }] }],
  ])('is refused for too many entries of %s without checking each', async (field, body) => {
    const [status, text] = await refused(INFER, JSON.stringify(body));
    expect([status, text.slice(0, field.length), text.length < 5000]).toEqual([400, field, true]);
  });
});

describe('unknown fields', () => {
  const fields = (count: number) =>
    JSON.stringify(Object.fromEntries(Array.from({ length: count }, (_, at) => [`field${at}`, at])));

  it.each([
    [INFER, fields(9_000)],
    ['/v1/models/fashion-mnist:predict', fields(9_000)],
    ['/api/v1/dead-letters/redrive', fields(9_000)],
  ])('of %s are listed up to a limit', async (path, body) => {
    const [status, text] = await refused(path, body);
    expect([status, text.length < 5000]).toEqual([400, true]);
    expect(text).toContain('field0: is unknown (got 0)');
    expect(text).toMatch(/and 89\d\d more$/);
  });

  it.each([
    [INFER, fields(200_000)],
    ['/v1/models/fashion-mnist:predict', fields(200_000)],
    ['/api/v1/dead-letters/redrive', fields(25_000)],
  ])('of %s beyond a limit are not parsed', async (path, body) => {
    expect(await refused(path, body)).toEqual([400, expect.stringMatching(/more than 10000 fields/)]);
  });
});

it('refuses JSON in other encodings than UTF-8, whose brackets are not counted', async () => {
  const body = Buffer.from('{"start":0,"end":1}', 'utf16le');
  const [status] = await refused('/api/v1/publish', body, 'application/json; charset=utf-16le');
  expect(status).toBe(415);
});

describe('nested JSON', () => {
  const deep = (levels: number) => `{"a":${'['.repeat(levels)}${']'.repeat(levels)}}`;

  it.each([
    '/api/v1/publish',
    '/api/v1/dead-letters/redrive',
    '/api/v1/models/rollout',
    '/api/v1/alerts/1/ack',
    '/v2/repository/index',
    '/memory/push-to-consumer',
    INFER,
    '/v1/models/fashion-mnist:predict',
  ])('is refused by %s if nested too deeply', async (path) => {
    expect(await refused(path, deep(7_000))).toEqual([400, expect.stringMatching(/deeper than 32/)]);
  });

  it('is refused before megabytes of brackets are parsed', async () => {
    expect(await refused(INFER, '['.repeat(4 * MIB - 1))).toEqual([
      400,
      expect.stringMatching(/deeper than 32/),
    ]);
    expect(await refused(INFER, `[${'[],'.repeat(MIB)}[]]`)).toEqual([
      400,
      expect.stringMatching(/more than \d+ values/),
    ]);
  });
});

describe('a multipart form', () => {
  const type = 'multipart/form-data; boundary=x';
  const part = (headers: string, content: string) => `--x\r\n${headers}\r\n\r\n${content}\r\n`;
  const FILE = 'Content-Disposition: form-data; name="f"; filename="f"';

  it.each([
    ['header lines', part(`${FILE}\r\n${'a:b\r\n'.repeat(2_600_000)}c:d`, 'x')],
    ['a header without an end', `--x\r\n${'a'.repeat(15 * MIB)}`],
    ['parts', part('Content-Disposition: form-data; name="f"', 'x').repeat(150_000)],
    ['empty parts', '--x\r\n\r\n\r\n'.repeat(1_500_000)],
    ['almost boundaries', part(FILE, '\r\n--y'.repeat(3_000_000))],
    ['a preamble of line ends', '\r\n'.repeat(7_500_000)],
  ])('of many %s does not block other requests', async (_what, body) => {
    const started = performance.now();
    const { longest, answer } = await measured('/api/v1/classify', body, type);
    expect([200, 400]).toContain(answer.status);
    expect(longest).toBeLessThan(BOUND);
    expect(performance.now() - started).toBeLessThan(20_000);
  });
});

async function measured(path: string, body: string | Buffer<ArrayBuffer>, type = 'application/json') {
  let answer = new Response();
  const longest = await longestDelay(async () => {
    answer = await fetch(`http://127.0.0.1:${server.port}${path}`, {
      method: 'POST',
      headers: { 'content-type': type },
      body,
    });
  });
  return { longest, answer };
}

/** Status and detail of a refusal, which may block the event loop only briefly. */
async function refused(
  path: string,
  body: string | Buffer<ArrayBuffer>,
  type?: string,
): Promise<[status: number, detail: string]> {
  const { longest, answer } = await measured(path, body, type);
  expect(longest).toBeLessThan(BOUND);
  const { detail, error } = (await answer.json()) as { detail?: string; error?: string };
  return [answer.status, detail ?? error ?? ''];
}
