import request from 'supertest';
import { StreamInferError } from '../../src/core/errors';
import { headerText, type Header } from '../../src/core/message';
import { makeDelivery } from '../helpers/deliveries';
import { createTestApp, problem } from '../helpers/http-app';

const LETTERS = '/api/v1/dead-letters';

/** Bodies of supertest are `any`. */
interface Answer {
  readonly body: unknown;
}

interface Page {
  readonly deadLetters: readonly { seq: number; id: string; redrivenAt: string | null }[];
  readonly next: number | null;
}

function filled(count = 20, headers: readonly Header[] = [], bytes = 10) {
  const { app, services } = createTestApp();
  services.emit(
    Array.from({ length: count }, (_, i) => ({
      kind: 'dead letter' as const,
      delivery: makeDelivery(i, { key: Buffer.from('k'), value: Buffer.alloc(bytes, 65), headers }),
      rejection: {
        code: i % 2 ? ('CORRUPT' as const) : ('EMPTY' as const),
        message: 'no good',
        stage: 'decode' as const,
        attempts: 1,
      },
    })),
  );
  const page = async (query = '') => (await request(app).get(`${LETTERS}?${query}`).expect(200)).body as Page;
  const post = (path: string, body?: object) => request(app).post(`${LETTERS}${path}`).send(body);
  return { app, services, page, post };
}

describe('dead letters', () => {
  it('are listed newest first, and paged without gaps or duplicates', async () => {
    const { page } = filled();
    const seen: number[] = [];
    let before = '';
    for (;;) {
      const { deadLetters, next } = await page(`limit=7${before}`);
      seen.push(...deadLetters.map(({ seq }) => seq));
      if (next === null) break;
      before = `&before=${next}`;
    }
    expect(seen).toEqual(Array.from({ length: 20 }, (_, at) => 20 - at));
    expect((await page('code=EMPTY')).deadLetters).toHaveLength(10);
  });

  it('are redriven with another value and headers, under the id of their prediction', async () => {
    const { services, post } = filled(1, [['content-type', 'text/plain']]);
    const edit = {
      value: Buffer.from('better').toString('base64'),
      headers: [['content-type', 'image/png']],
    };
    await post('/images%2F0%2F0/edit', edit).expect(200);
    const [message] = services.redriven;
    expect(message?.value?.toString()).toBe('better');
    expect(message?.headers.map(([name, value]) => [name, String(value)])).toEqual([
      ['redrive-count', '1'],
      ['id', 'images/0/0'],
      ['content-type', 'image/png'],
    ]);
    await post('/images%2F0%2F0/edit', edit).expect(409);
  });

  it.each([
    [{}, 400],
    [{ value: 'no base64!', headers: [] }, 400],
    [{ value: '', headers: [['only a name']] }, 400],
    [undefined, 400],
  ])('refuse the edit %j', async (body, status) => {
    await filled(1).post('/images%2F0%2F0/edit', body).expect(status);
  });

  it('have the reason, and by id the original', async () => {
    const { app, page } = filled(1, [['mine', 'x']]);
    const listed = {
      seq: 1,
      id: 'images/0/0',
      code: 'EMPTY',
      message: 'no good',
      stage: 'decode',
      attempts: 1,
      failedAt: expect.any(String) as string,
      model: 'fashion-mnist@1',
      source: { topic: 'images', partition: 0, offset: '0' },
      redriveCount: 0,
      valueBytes: 10,
      complete: true,
      key: 'k',
      redrivenAt: null,
    };
    expect((await page()).deadLetters).toEqual([listed]);
    for (const id of ['images/0/0', 'images%2F0%2F0']) {
      const { body } = (await request(app).get(`${LETTERS}/${id}`).expect(200)) as Answer;
      expect(body).toEqual({ ...listed, headers: [['mine', 'x']], value: 'QUFBQUFBQUFBQQ==' });
    }
  });

  it.each(['limit=0', 'limit=501', 'code=NOPE', 'before=x', 'label=3'])('refuse ?%s', async (query) => {
    const { body } = (await request(filled().app).get(`${LETTERS}?${query}`).expect(400)) as Answer;
    expect(body).toEqual(problem(400, 'BAD_REQUEST'));
  });

  it('answer 404 for an unknown id', async () => {
    const { app, post } = filled();
    expect((await request(app).get(`${LETTERS}/images/0/99`).expect(404)).body).toEqual(
      problem(404, 'NOT_FOUND'),
    );
    expect((await post('/images/0/99/redrive').expect(404)).body).toEqual(problem(404, 'NOT_FOUND'));
    await request(app).get(`${LETTERS}/redrive`).expect(405).expect('allow', 'POST');
    await request(app).delete(`${LETTERS}/images/0/1`).expect(405).expect('allow', 'GET, HEAD');
  });
});

describe('redriving over HTTP', () => {
  it('publishes one original, once', async () => {
    const { post, services } = filled(3, [['mine', 'x']]);
    const { body } = (await post('/images/0/1/redrive').expect(200)) as Answer;
    expect((body as { redrivenAt: string }).redrivenAt).toMatch(/^\d{4}-/);
    expect(services.redriven).toHaveLength(1);
    expect(services.redriven[0]?.headers).toEqual([
      ['redrive-count', '1'],
      ['id', 'images/0/1'],
      ['mine', 'x'],
    ]);
    expect((await post('/images%2F0%2F1/redrive').expect(409)).body).toEqual(
      problem(409, 'ALREADY_REDRIVEN'),
    );
    expect(services.redriven).toHaveLength(1);
  });

  it('publishes several, or all remaining', async () => {
    const { post, services, page } = filled(6);
    expect((await post('/redrive', { ids: ['images/0/2', 'images/0/2', 'gone'] }).expect(200)).body).toEqual({
      redriven: ['images/0/2'],
      skipped: [{ id: 'gone', code: 'NOT_FOUND', detail: expect.any(String) as string }],
    });
    expect((await post('/redrive', { code: 'CORRUPT' }).expect(200)).body).toMatchObject({
      redriven: ['images/0/1', 'images/0/3', 'images/0/5'],
    });
    expect((await post('/redrive', {}).expect(200)).body).toEqual({
      redriven: ['images/0/0', 'images/0/4'],
      skipped: [],
    });
    expect((await post('/redrive', {}).expect(200)).body).toEqual({ redriven: [], skipped: [] });
    expect((await post('/redrive', { ids: ['images/0/2'] }).expect(200)).body).toMatchObject({
      skipped: [{ id: 'images/0/2', code: 'ALREADY_REDRIVEN' }],
    });
    expect(services.redriven.map(({ headers }) => headerText(headers, 'id'))).toHaveLength(6);
    expect((await page()).deadLetters.every(({ redrivenAt }) => redrivenAt !== null)).toBe(true);
  });

  it('refuses dead letters redriven three times, unless forced, and truncated ones', async () => {
    const often = filled(2, [['redrive-count', '3']]);
    expect((await often.post('/images/0/0/redrive').expect(409)).body).toEqual(
      problem(409, 'REDRIVEN_TOO_OFTEN'),
    );
    expect((await often.post('/redrive', {}).expect(200)).body).toMatchObject({ redriven: [] });
    await often.post('/images/0/0/redrive?force=true').expect(200);
    expect((await often.post('/redrive', { force: true }).expect(200)).body).toMatchObject({
      redriven: ['images/0/1'],
    });
    const large = filled(1, [], 1024 * 1024 + 1);
    expect((await large.post('/images/0/0/redrive?force=true').expect(422)).body).toEqual(
      problem(422, 'LETTER_INCOMPLETE'),
    );
  });

  it('can be repeated if the broker did not confirm', async () => {
    const { post, services } = filled(2);
    services.failNext = new StreamInferError('PUBLISH_FAILED', 'not confirmed');
    expect((await post('/images/0/0/redrive').expect(503)).body).toEqual(problem(503, 'PUBLISH_FAILED'));
    services.failNext = new StreamInferError('PUBLISH_FAILED', 'not confirmed');
    await post('/redrive', {}).expect(503);
    expect((await post('/redrive', {}).expect(200)).body).toMatchObject({
      redriven: ['images/0/0', 'images/0/1'],
    });
  });

  it('publishes a dead letter once for two concurrent requests', async () => {
    const { post, services } = filled(1);
    const answers = await Promise.all([post('/images/0/0/redrive'), post('/images/0/0/redrive')]);
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 409]);
    expect(services.redriven).toHaveLength(1);
  });

  it.each([
    [{ ids: 'images/0/1' }],
    [{ ids: [1] }],
    [{ code: 'NOPE' }],
    [{ all: true }],
    [[]],
    [{ ids: Array(1_001).fill('x') }],
    [{ ids: ['images/0/1'], code: 'EMPTY' }],
  ])('refuses %j', async (body) => {
    const { post, services } = filled();
    expect((await post('/redrive', body).expect(400)).body).toEqual(problem(400, 'BAD_REQUEST'));
    expect(services.redriven).toEqual([]);
  });

  it('requires a JSON body, the own site and the token', async () => {
    const { app, post, services } = filled();
    expect((await post('/redrive').expect(400)).body).toEqual(problem(400, 'BAD_REQUEST'));
    const empty = request(app).post(`${LETTERS}/redrive`).type('json').set('content-length', '0');
    expect((await empty.expect(400)).body).toEqual(problem(400, 'BAD_REQUEST'));
    const form = await request(app)
      .post(`${LETTERS}/redrive`)
      .type('form')
      .send({ code: 'EMPTY' })
      .expect(415);
    expect(form.body).toEqual(problem(415, 'UNSUPPORTED_MEDIA_TYPE'));
    for (const path of ['/redrive', '/images/0/1/redrive']) {
      await post(path, {}).set('sec-fetch-site', 'cross-site').expect(403);
      await post(path, {}).set('host', 'attacker.example').expect(403);
    }
    const guarded = createTestApp({ token: 'a secret of ours' });
    await request(guarded.app).post(`${LETTERS}/redrive`).send({}).expect(401);
    await request(guarded.app).get(LETTERS).expect(401);
    expect(services.redriven).toEqual([]);
  });
});
