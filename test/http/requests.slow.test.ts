import request from 'supertest';
import { StreamInferError } from '../../src/core/errors';
import type { NewRequest, RequestAnswer, RequestsService } from '../../src/http/services';
import { createTestApp, problem } from '../helpers/http-app';
import { createFakeServices, createOutcome } from '../helpers/services';

const PATH = '/api/v1/requests';
const { prediction } = createOutcome({ id: 'r1' });
const DONE: RequestAnswer = { state: 'done', prediction };

function create(overrides: Partial<RequestsService> = {}) {
  const submitted: NewRequest[] = [];
  const waits: number[] = [];
  const requests: RequestsService = {
    submit: async (image) => {
      submitted.push(image);
      return image.id ?? 'r1';
    },
    find: async () => ({ state: 'pending' }),
    wait: async (_id, ms) => {
      waits.push(ms);
      return DONE;
    },
    ...overrides,
  };
  const { app } = createTestApp({ services: createFakeServices({ topicRequests: requests }) });
  return { app, submitted, waits };
}

describe('requests over the topic, over HTTP', () => {
  it('say how to turn them on', async () => {
    const { app } = createTestApp();
    for (const sent of [request(app).post(PATH).send('x'), request(app).get(`${PATH}/r1`)]) {
      const { body } = (await sent.expect(404)) as { body: unknown };
      expect(body).toMatchObject({ detail: 'requests over the topic are off; set requests.enabled: true' });
    }
    await request(app).get(PATH).expect(405).expect('Allow', 'POST');
  });

  it('answer 202 with the id and its address', async () => {
    const { app, submitted } = create();
    const sent = request(app).post(PATH).type('image/png').send(Buffer.from('png'));
    await sent.expect(202, { id: 'r1', state: 'pending' }).expect('Location', `${PATH}/r1`);
    expect(submitted).toEqual([{ bytes: Buffer.from('png'), contentType: 'image/png' }]);
  });

  it('answer 200 with the prediction if it arrives while the caller waits', async () => {
    const { app, waits, submitted } = create();
    await request(app)
      .post(`${PATH}?wait=1.5s&id=order:1`)
      .send('x')
      .expect(200, { id: 'order:1', state: 'done', prediction });
    await request(app).get(`${PATH}/r1?wait=250ms`).expect(200);
    expect(waits).toEqual([1_500, 250]);
    expect(submitted[0]).toMatchObject({ id: 'order:1' });
  });

  it('answer 202 and when to ask again while there is none, and 200 for a dead letter', async () => {
    await request(create().app).get(`${PATH}/r1`).expect(202).expect('Retry-After', '1');
    const failed = { state: 'failed', error: { code: 'CORRUPT', message: 'cut off' } } as const;
    const { app } = create({ find: async () => failed });
    await request(app)
      .get(`${PATH}/r1`)
      .expect(200, { id: 'r1', ...failed });
  });

  it('refuse a request without an image before it is published', async () => {
    const { app, submitted } = create();
    await request(app).post(PATH).expect(422);
    expect(submitted).toEqual([]);
  });

  it('send one event to a client that asks for events', async () => {
    const { app } = create();
    const { text } = await request(app).get(`${PATH}/r1`).set('accept', 'text/event-stream').expect(200);
    expect(text).toContain('event:answer');
    expect(text).toContain('"state":"done"');
  });

  it('refuse an unknown id, also for events', async () => {
    const { app } = create({
      find: async () => {
        throw new StreamInferError('NOT_FOUND', 'request "x" is unknown here');
      },
    });
    for (const accept of ['application/json', 'text/event-stream']) {
      const { body } = (await request(app).get(`${PATH}/x`).set('accept', accept).expect(404)) as {
        body: unknown;
      };
      expect(body).toEqual(problem(404, 'NOT_FOUND'));
    }
  });

  it.each([
    'wait=61s',
    'wait=-1',
    'wait=abc',
    'wait=1&wait=2',
    'id=a/b',
    'id=',
    `id=${'a'.repeat(129)}`,
    'x=1',
  ])('refuse %.20s', async (query) => {
    const { app, submitted } = create();
    await request(app).post(`${PATH}?${query}`).send('x').expect(400);
    expect(submitted).toEqual([]);
  });

  it('let 128 callers wait at a time', async () => {
    let end: () => void = () => undefined;
    const ended = new Promise<void>((resolve) => (end = resolve));
    let refused = 0;
    const { app } = create({ wait: () => ended.then(() => DONE) });
    const server = app.listen(0);
    const calls = Array.from({ length: 140 }, () =>
      request(server)
        .get(`${PATH}/r1?wait=60s`)
        .then(({ status }) => {
          if (status === 429 && ++refused === 12) end();
          return status;
        }),
    );
    const statuses = await Promise.all(calls);
    server.close();
    expect(statuses.filter((status) => status === 200)).toHaveLength(128);
    expect(refused).toBe(12);
  });
});
