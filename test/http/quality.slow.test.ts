import request from 'supertest';
import type { DriftAnswer } from '../../src/http/schemas/drift';
import type { PredictionsAnswer } from '../../src/http/schemas/predictions';
import type { ConfusionAnswer, HistoryAnswer } from '../../src/http/schemas/quality';
import type { ConfigAnswer } from '../../src/http/schemas/settings';
import { createTestApp, problem } from '../helpers/http-app';
import { driftOfMany, shippedHistory } from '../helpers/drift';
import { createFakeServices, createOutcome, MODEL } from '../helpers/services';

const API = '/api/v1';

it('returns precision, recall and F1 by class, or null without data', async () => {
  const { app, services } = createTestApp();
  services.emit([
    createOutcome({ label: 1, truth: 1, confidence: 0.99 }),
    createOutcome({ label: 1, truth: 2, confidence: 0.62 }),
    createOutcome({ label: 2, truth: 2, confidence: 0.64 }),
    createOutcome({ label: 3, confidence: 1 }),
  ]);
  const body = (await request(app).get(`${API}/confusion`).expect(200)).body as ConfusionAnswer;
  expect([body.judged, body.correct, body.classes.length, body.matrix.length]).toEqual([3, 2, 10, 10]);
  expect(body.perClass[1]).toEqual({
    label: 1,
    className: 'Trouser',
    support: 1,
    precision: 0.5,
    recall: 1,
    f1: 2 / 3,
  });
  expect(body.perClass[3]).toMatchObject({ support: 0, precision: null, recall: null, f1: null });
  expect(body.confidence).toHaveLength(20);
  expect(body.confidence[12]).toMatchObject({ from: 0.6, to: 0.65, count: 2, judged: 2, correct: 1 });
  expect(body.confidence[12]?.meanConfidence).toBeCloseTo(0.63);
  expect(body.confidence[19]).toMatchObject({ from: 0.95, to: 1, count: 2, judged: 1, correct: 1 });
  expect(body.confidence[0]).toMatchObject({ count: 0, meanConfidence: 0 });
});

it('returns the counts of the last minutes, including empty ones', async () => {
  const { app, services } = createTestApp();
  services.emit([createOutcome({ label: 1, truth: 1 }), createOutcome({ label: 1, truth: 2 })]);
  const { minutes } = (await request(app).get(`${API}/history?minutes=5`).expect(200)).body as HistoryAnswer;
  expect(minutes).toHaveLength(5);
  // The minute may have ended since.
  const counted = minutes.slice(-2).filter(({ predictions }) => predictions > 0);
  expect(counted).toEqual([{ at: counted[0]?.at, predictions: 2, judged: 2, correct: 1, deadLetters: 0 }]);
  expect(counted[0]?.at).toMatch(/:00\.000Z$/);
  expect(minutes[0]).toMatchObject({ predictions: 0, judged: 0, correct: 0, deadLetters: 0 });
  expect(((await request(app).get(`${API}/history`)).body as HistoryAnswer).minutes).toHaveLength(60);
});

it.each(['minutes=0', 'minutes=1441', 'minutes=x'])('refuses a history of %s', async (query) => {
  const { body } = (await request(createTestApp().app).get(`${API}/history?${query}`).expect(400)) as {
    body: unknown;
  };
  expect(body).toEqual(problem(400, 'BAD_REQUEST'));
});

it('returns drift, or nothing without a model', async () => {
  const view = driftOfMany(2);
  const { app } = createTestApp({ services: createFakeServices({ drift: () => view }) });
  expect((await request(app).get(`${API}/drift`).expect(200)).body).toEqual(view);
  const none = (await request(createTestApp().app).get(`${API}/drift`).expect(200)).body as DriftAnswer;
  expect(none).toMatchObject({ model: null, baseline: null, latest: null, history: [] });
});

it('returns the training history of the active model, or nothing if unknown', async () => {
  const epochs = shippedHistory();
  const services = createFakeServices({ trainingHistory: () => epochs });
  const { app } = createTestApp({ services });
  expect((await request(app).get(`${API}/training`).expect(200)).body).toEqual({ model: MODEL, epochs });
  expect((await request(createTestApp().app).get(`${API}/training`).expect(200)).body).toEqual({
    model: MODEL,
    epochs: [],
  });
});

it('returns the effective settings', async () => {
  const { settings } = (await request(createTestApp().app).get(`${API}/config`).expect(200))
    .body as ConfigAnswer;
  expect(settings).toEqual([{ path: 'http.port', value: '8080', source: 'default' }]);
});

it('finds predictions by the prefix of their id', async () => {
  const { app, services } = createTestApp();
  services.emit(['images/1/1', 'images/1/12', 'images/2/1'].map((id) => createOutcome({ id })));
  const { body } = (await request(app).get(`${API}/predictions?id=images%2F1%2F1`).expect(200)) as {
    body: PredictionsAnswer;
  };
  expect(body.predictions.map(({ id }) => id)).toEqual(['images/1/12', 'images/1/1']);
});
