import request from 'supertest';
import { createTestApp, problem } from '../helpers/http-app';
import { createFakeServices } from '../helpers/services';
import { createSteered, createSteeredServices } from '../helpers/steered';

function createSteeredApp(token?: string) {
  const { pipeline, steering } = createSteered();
  const services = createSteeredServices({ steering });
  const { app } = createTestApp({ services, ...(token !== undefined && { token }) });
  const post = (action: string, body: object) => request(app).post(`/api/v1/steering/${action}`).send(body);
  return { app, post, pipeline };
}

it('pauses, and the state, the readiness, the lag and the log say by whom', async () => {
  const { app, post } = createSteeredApp();
  await post('pause', { by: ' anna ', reason: 'wrong labels' })
    .set('user-agent', 'stream-infer-ctl')
    .expect(200);
  const paused = { by: 'anna', via: 'ctl', reason: 'wrong labels', since: expect.any(String) as string };
  for (const path of ['/readyz', '/api/v1/steering', '/api/v1/lag'])
    expect((await request(app).get(path).expect(200)).body).toMatchObject({ paused });
  expect((await request(app).get('/api/v1/stats').expect(200)).body).toMatchObject({
    health: { ready: true, paused },
    steering: { state: 'paused' },
  });
  await post('resume', { by: 'ben' }).set('sec-fetch-site', 'same-origin').expect(200);
  expect((await request(app).get('/readyz').expect(200)).body).not.toHaveProperty('paused');
  const log = (await request(app).get('/api/v1/steering/log?limit=1').expect(200)).body as object;
  expect(log).toMatchObject({ entries: [{ action: 'resume', by: 'ben', via: 'page' }], next: 2 });
});

it('limits the rate and starts a drain', async () => {
  const { post } = createSteeredApp();
  expect((await post('rate', { by: 'anna', rate: 2.5 }).expect(200)).body).toMatchObject({ rate: 2.5 });
  expect((await post('rate', { by: 'anna', rate: null }).expect(200)).body).toMatchObject({ rate: null });
  expect((await post('drain', { by: 'anna' }).expect(202)).body).toMatchObject({ state: 'draining' });
  expect((await post('resume', { by: 'anna' }).expect(503)).body).toEqual(problem(503, 'NOT_READY'));
});

it('changes the number of workers', async () => {
  const { post } = createSteeredApp();
  for (const number of [3, 'auto'])
    expect((await post('workers', { by: 'anna', workers: number }).expect(200)).body).toMatchObject({
      workers: { now: 2, most: 4, mode: 'auto' },
    });
});

it('moves the position, and says where', async () => {
  const { pipeline, post } = createSteeredApp();
  const looking = setInterval(() => pipeline.intake.room(), 5);
  const { body } = (await post('seek', { by: 'anna', to: '3:7' }).expect(200)) as { body: object };
  clearInterval(looking);
  expect(body).toMatchObject({ state: 'running', moves: [{ partition: 3, from: null, to: 7 }] });
  expect((await post('seek', { by: 'anna', to: 'yesterday' }).expect(400)).body).toEqual(
    problem(400, 'BAD_REQUEST'),
  );
});

it.each([
  ['pause', {}],
  ['pause', { by: '  ' }],
  ['pause', { by: 'a\nb' }],
  ['pause', { by: 'x'.repeat(101) }],
  ['pause', { by: 'anna', reason: 7 }],
  ['pause', { by: 'anna', why: 'x' }],
  ['rate', { by: 'anna' }],
  ['rate', { by: 'anna', rate: 0 }],
  ['rate', { by: 'anna', rate: 1e9 }],
  ['rate', { by: 'anna', rate: '5' }],
  ['seek', { by: 'anna' }],
  ['workers', { by: 'anna', workers: 0 }],
  ['workers', { by: 'anna', workers: 'many' }],
  ['workers', { by: 'anna', workers: 1.5 }],
  ['seek', { by: 'anna', to: 5 }],
])('refuses to %s with %j, and does not log it', async (action, body) => {
  const { app, post } = createSteeredApp();
  expect((await post(action, body).expect(400)).body).toEqual(problem(400, 'BAD_REQUEST'));
  expect((await request(app).get('/api/v1/steering/log').expect(200)).body).toMatchObject({ entries: [] });
});

it('follows the rules for requests that change state', async () => {
  const { app, post } = createSteeredApp('a-long-token');
  await post('pause', { by: 'eve' }).expect(401);
  const bearer = ['authorization', 'Bearer a-long-token'] as const;
  await post('pause', { by: 'eve' })
    .set(...bearer)
    .set('sec-fetch-site', 'cross-site')
    .expect(403);
  await request(app)
    .post('/api/v1/steering/pause')
    .set(...bearer)
    .type('text/plain')
    .send('{"by":"eve"}')
    .expect(415);
  await request(app)
    .get('/api/v1/steering/pause')
    .set(...bearer)
    .expect(405);
  expect(
    (
      await request(app)
        .get('/api/v1/steering')
        .set(...bearer)
    ).body,
  ).toMatchObject({ state: 'running' });
});

it('says why a process cannot be steered', async () => {
  const off = createTestApp();
  expect((await request(off.app).get('/api/v1/steering').expect(403)).body).toMatchObject({
    detail: expect.stringContaining('steering.enabled') as string,
  });
  const serve = createTestApp({ services: createFakeServices({ modelElsewhere: 'elsewhere' }) });
  expect(
    (await request(serve.app).post('/api/v1/steering/pause').send({ by: 'a' }).expect(501)).body,
  ).toEqual(problem(501, 'MODEL_ELSEWHERE'));
});
