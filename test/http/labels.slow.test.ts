import request from 'supertest';
import type { RetrainingState } from '../../src/core/retraining';
import type { LabelsService } from '../../src/http/label-services';
import type { Operator } from '../../src/core/steering';
import { createMemoryLabels } from '../../src/results/given-labels/memory-labels';
import { createTestApp, problem } from '../helpers/http-app';
import { makeLabel } from '../helpers/labels';
import { createFakeServices } from '../helpers/services';

const OFF: RetrainingState = { off: 'The model is loading.', job: null };

async function createLabelApp() {
  const store = createMemoryLabels();
  for (const id of ['a', '=b']) await store.put(makeLabel({ id }));
  const retraining = {
    state: () => Promise.resolve(OFF),
    start: jest.fn<Promise<RetrainingState>, [Operator]>().mockResolvedValue(OFF),
    cancel: () => Promise.resolve(OFF),
  };
  const labels = {
    queue: jest.fn(async () => ({ images: [], classes: ['x', 'y'] })),
    give: jest.fn(async ({ id, label }) => ({ ...makeLabel({ id, label }), seq: 7 })),
    withdraw: jest.fn(async () => undefined),
    list: (filter) => store.list(filter),
    counts: () => store.counts(),
    history: () => [],
    retraining,
  } satisfies LabelsService;
  const { app } = createTestApp({ services: createFakeServices({ labels }) });
  return { app, labels, retraining };
}

it('takes a label by name or number, with the name of the person', async () => {
  const { app, labels } = await createLabelApp();
  const give = (body: object) => request(app).post('/api/v1/labels').send(body);
  await give({ id: 'images/0/1', label: 'Sandal', by: 'anna' })
    .set('sec-fetch-site', 'same-origin')
    .expect(200);
  expect(labels.give).toHaveBeenCalledWith(
    { id: 'images/0/1', label: 5 },
    expect.objectContaining({ by: 'anna', via: 'page' }),
  );
  for (const body of [
    { id: 'x', label: 10, by: 'a' },
    { id: 'x', by: 'a' },
    { id: 'x', label: 1 },
    { label: 1, by: 'a' },
  ])
    expect((await give(body).expect(400)).body).toEqual(problem(400, 'BAD_REQUEST'));
  await request(app).post('/api/v1/labels/withdraw').send({ id: 'images/0/1', by: 'anna' }).expect(204);
});

it('lists labels by page and exports them all', async () => {
  const { app } = await createLabelApp();
  const page = (await request(app).get('/api/v1/labels?limit=1').expect(200)).body as { next: number };
  expect(page).toMatchObject({
    labels: [{ id: '=b', className: 'Sandal' }],
    byClass: [{ label: 5, images: 2 }],
  });
  const rest = await request(app).get(`/api/v1/labels?before=${page.next}`).expect(200);
  expect(rest.body).toMatchObject({ labels: [{ id: 'a' }], next: null });
  expect((await request(app).get('/api/v1/labels/queue').expect(200)).body).toMatchObject({
    labels: 2,
    images: [],
  });
  const lines = (await request(app).get('/api/v1/labels/export').expect(200)).text.trim().split('\n');
  expect(lines.map((line) => (JSON.parse(line) as { id: string }).id)).toEqual(['=b', 'a']);
  const csv = await request(app)
    .get('/api/v1/labels/export?format=csv')
    .expect(200)
    .expect('content-type', /csv/);
  expect(csv.text).toMatch(/^seq,id,label,.*,pixels\r\n\d,'=b,5,Sandal,/);
});

it('starts and cancels a training', async () => {
  const { app, retraining } = await createLabelApp();
  expect((await request(app).get('/api/v1/labels/retraining').expect(200)).body).toEqual(OFF);
  await request(app).post('/api/v1/labels/retraining').send({ by: 'anna' }).expect(202);
  expect(retraining.start).toHaveBeenCalledWith(expect.objectContaining({ by: 'anna' }));
  await request(app).post('/api/v1/labels/retraining/cancel').send({ by: 'anna' }).expect(200);
});

it('says that labels are switched off, or elsewhere', async () => {
  const off = createTestApp({ services: createFakeServices() }).app;
  expect((await request(off).get('/api/v1/labels').expect(403)).body).toEqual(problem(403, 'FORBIDDEN'));
  // The page asks these all the time: an answer, not a failed request.
  for (const path of ['queue', 'retraining']) {
    const answer = await request(off).get(`/api/v1/labels/${path}`).expect(200);
    expect(answer.body).toMatchObject({ off: 'labels are switched off; set labels.enabled: true' });
  }
  const serve = createTestApp({ services: createFakeServices({ modelElsewhere: 'no model' }) }).app;
  expect((await request(serve).get('/api/v1/labels/queue').expect(501)).body).toEqual(
    problem(501, 'MODEL_ELSEWHERE'),
  );
});
