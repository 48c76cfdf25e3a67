import request from 'supertest';
import { StreamInferError } from '../../src/core/errors';
import { makeEvent } from '../helpers/events';
import { createTestApp, problem } from '../helpers/http-app';

/** Bodies of supertest are `any`. */
interface Answer {
  readonly body: unknown;
}

async function noticed(count = 12) {
  const { app, services } = createTestApp();
  for (let i = 1; i <= count; i++)
    await services.notice(
      makeEvent({ id: `e${i}`, rule: i % 2 ? 'bags' : 'coats', alert: i % 3 === 0 ? i / 3 : null }).event,
    );
  return { app, services };
}

describe('events over HTTP', () => {
  it('are listed newest first, by rule, paged without gaps, and with the rules', async () => {
    const { app } = await noticed();
    const seen: string[] = [];
    let before = '';
    for (;;) {
      const { body } = (await request(app).get(`/api/v1/events?limit=5${before}`).expect(200)) as Answer;
      const { events, next, rules, state } = body as {
        events: { id: string }[];
        next: number | null;
        rules: unknown;
        state: unknown;
      };
      expect(rules).toEqual([{ name: 'bags', kind: 'label', severity: 'warning', alert: true }]);
      expect(state).toEqual({ open: 0, shed: 0, alarm: null });
      seen.push(...events.map(({ id }) => id));
      if (next === null) break;
      before = `&before=${next}`;
    }
    expect(seen).toEqual(Array.from({ length: 12 }, (_, i) => `e${12 - i}`));
    const { body } = (await request(app).get('/api/v1/events?rule=coats').expect(200)) as Answer;
    expect((body as { events: unknown[] }).events).toHaveLength(6);
  });

  it('are found by id, with their images', async () => {
    const { app, services } = await noticed(1);
    const one = (await request(app).get('/api/v1/events/e1').expect(200)) as Answer;
    expect(one.body).toMatchObject({ id: 'e1', description: 'A bag.', images: { enlarged: false } });
    await request(app).get('/api/v1/events/e1/enlarged.png').expect(404);
    const png = Buffer.from('made by a worker');
    await services.eventStore.addDerived('e1', { enlarged: png, occlusion: png });
    for (const name of ['image', 'enlarged', 'occlusion'])
      await request(app).get(`/api/v1/events/e1/${name}.png`).expect(200).expect('content-type', 'image/png');
    await request(app).get('/api/v1/events/e1/body.png').expect(404);
    expect((await request(app).get('/api/v1/events/e9').expect(404)).body).toEqual(problem(404, 'NOT_FOUND'));
  });
});

describe('alerts over HTTP', () => {
  it('are found by number, and filtered by acknowledgement', async () => {
    const { app } = await noticed();
    const list = async (query: string) => {
      const { body } = (await request(app).get(`/api/v1/alerts?${query}`).expect(200)) as Answer;
      return (body as { alerts: { alert: number }[] }).alerts.map(({ alert }) => alert);
    };
    expect(await list('')).toEqual([4, 3, 2, 1]);
    const { body } = (await request(app)
      .post('/api/v1/alerts/3/ack')
      .send({ by: 'Ada', note: 'seen' })
      .expect(200)) as Answer;
    expect(body).toMatchObject({ alert: 3, acknowledged: { by: 'Ada', note: 'seen' } });
    expect(await list('acknowledged=false')).toEqual([4, 2, 1]);
    expect(await list('acknowledged=true')).toEqual([3]);
    const again = (await request(app).post('/api/v1/alerts/3/ack').send({ by: 'Bob' }).expect(200)) as Answer;
    expect(again.body).toMatchObject({ acknowledged: { by: 'Ada' } });
    expect((await request(app).get('/api/v1/alerts/3').expect(200)).body).toEqual(again.body);
    await request(app).post('/api/v1/alerts/1/ack').expect(200);
  });

  it('answer 404 for an unknown number and 400 for an invalid one', async () => {
    const { app } = await noticed();
    for (const path of ['/api/v1/alerts/99', '/api/v1/alerts/99/ack'])
      expect((await request(app)[path.endsWith('ack') ? 'post' : 'get'](path).expect(404)).body).toEqual(
        problem(404, 'NOT_FOUND'),
      );
    for (const number of ['0', 'x', '1.5', '-3'])
      expect((await request(app).get(`/api/v1/alerts/${number}`).expect(400)).body).toEqual(
        problem(400, 'BAD_REQUEST'),
      );
  });

  it.each([[{ by: 7 }], [{ note: 'x'.repeat(1_001) }], [{ who: 'me' }], [['Ada']]])(
    'are not acknowledged with %j',
    async (body) => {
      const { app } = await noticed();
      await request(app).post('/api/v1/alerts/1/ack').send(body).expect(400);
      expect((await request(app).get('/api/v1/alerts/1')).body).toMatchObject({ acknowledged: null });
    },
  );

  it('refuse an acknowledgement from another site, without the token, or without the store', async () => {
    const { app, services } = await noticed();
    const ack = () => request(app).post('/api/v1/alerts/1/ack');
    await ack().set('sec-fetch-site', 'cross-site').expect(403);
    services.failNext = new StreamInferError('NOT_READY', 'disk full');
    expect((await ack().expect(503)).body).toEqual(problem(503, 'NOT_READY'));
    const locked = createTestApp({ token: 'a-long-secret', services });
    await request(locked.app).post('/api/v1/alerts/1/ack').expect(401);
    await request(app).get('/api/v1/alerts/1/ack').expect(405).expect('allow', 'POST');
  });

  it('have a permanent link to the page', async () => {
    const { app } = await noticed();
    await request(app).get('/alerts/17').expect(302).expect('location', '/#/events?alert=17');
    await request(app).get('/alerts/seventeen').expect(400);
    await request(app).post('/alerts/17').expect(405);
  });
});
