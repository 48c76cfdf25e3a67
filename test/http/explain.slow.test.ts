import request from 'supertest';
import { StreamInferError } from '../../src/core/errors';
import { createTestApp, problem } from '../helpers/http-app';
import { createFakeServices, createOutcome } from '../helpers/services';
import { greyPng } from '../fixtures/png';

const PATH = '/api/v1/explain';

describe('POST /api/v1/explain', () => {
  it('explains a stored prediction, for its class or another one', async () => {
    const { app, services } = createTestApp();
    services.emit([createOutcome({ index: 5, label: 7, pixels: new Uint8Array(784).fill(9) })]);
    const answer = await request(app).post(PATH).query({ id: 'images/1/1' }).expect(200);
    expect(answer.body).toMatchObject({
      label: 7,
      className: 'Sneaker',
      model: { name: 'fashion-mnist', version: 1 },
      score: 0.87,
      lowest: 0.12,
      regions: [0, 0.1, 0, 0, 0.6, 0.3, 0, 0, 0],
      summary:
        'The centre matters most (60% of the importance), then the right (30%). Covering the most important part lowers the score of Sneaker from 87% to 12%.',
      heatMap: expect.stringMatching(/^iVBOR/) as string,
    });
    await request(app).post(PATH).query({ id: 'images/1/1', label: 'Sandal' }).expect(200);
    expect(services.explained.map(({ label, pixels }) => [label, pixels[0]])).toEqual([
      [7, 9],
      [5, 9],
    ]);
  });

  it('scales a stored image of another size to that of the model', async () => {
    const { app, services } = createTestApp();
    services.emit([
      {
        ...createOutcome({ pixels: new Uint8Array(75).fill(8) }),
        imageSize: { width: 5, height: 5, channels: 3 },
      },
    ]);
    await request(app).post(PATH).query({ id: 'images/0/0' }).expect(200);
    expect(services.explained).toEqual([{ label: 0, pixels: new Uint8Array(784).fill(8) }]);
  });

  it('explains an image of the request, which it classifies first', async () => {
    const { app, services } = createTestApp();
    const answer = await request(app)
      .post(PATH)
      .query({ invert: 'never' })
      .set('content-type', 'image/png')
      .send(greyPng(Buffer.alloc(784, 40)))
      .expect(200);
    expect(answer.body).toMatchObject({ label: 9, className: 'Ankle boot' });
    expect(services.classified[0]?.options).toEqual({ contentType: 'image/png', invert: 'never' });
    expect(services.explained.map(({ label, pixels }) => [label, pixels.length])).toEqual([[9, 784]]);
  });

  it.each([
    ['an unknown prediction', { id: 'nowhere' }, 404, 'NOT_FOUND'],
    ['an unknown class', { id: 'images/0/0', label: '10' }, 400, 'BAD_REQUEST'],
    ['an unknown field', { idd: 'images/0/0' }, 400, 'BAD_REQUEST'],
    ['nothing to explain', {}, 422, 'EMPTY'],
  ])('refuses %s', async (_what, query, status, code) => {
    const { app, services } = createTestApp();
    services.emit([createOutcome()]);
    const answer = await request(app).post(PATH).query(query).expect(status);
    expect(answer.body).toEqual(problem(status, code));
    expect(services.explained).toEqual([]);
  });

  it('refuses a prediction of a class that the active model does not have', async () => {
    const { app, services } = createTestApp();
    services.emit([createOutcome({ label: 12 })]);
    await request(app).post(PATH).query({ id: 'images/0/0' }).expect(400);
  });

  it('passes on the refusal of the model, and needs the token', async () => {
    const { app, services } = createTestApp({ token: 'very-secret' });
    services.emit([createOutcome()]);
    await request(app).post(PATH).query({ id: 'images/0/0' }).expect(401);
    services.failNext = new StreamInferError('MODEL_UNSUPPORTED', 'no maps');
    await request(app)
      .post(PATH)
      .query({ id: 'images/0/0' })
      .set('authorization', 'Bearer very-secret')
      .expect(501);
  });

  it('takes four requests at a time', async () => {
    let release = (): void => undefined;
    const blocked = new Promise<void>((resolve) => (release = resolve));
    const services = createFakeServices();
    const explain = services.explain.bind(services);
    services.explain = async (...args) => {
      await blocked;
      return await explain(...args);
    };
    const { app } = createTestApp({ services });
    services.emit([createOutcome()]);
    const ask = async () => (await request(app).post(PATH).query({ id: 'images/0/0' })).status;
    const statuses = Array.from({ length: 5 }, ask);
    expect(await Promise.race(statuses)).toBe(429);
    release();
    expect((await Promise.all(statuses)).sort()).toEqual([200, 200, 200, 200, 429]);
  });
});
