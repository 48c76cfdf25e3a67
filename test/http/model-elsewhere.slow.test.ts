import request, { type Test } from 'supertest';
import { createTestApp } from '../helpers/http-app';
import { createFakeServices } from '../helpers/services';

type App = Parameters<typeof request>[0];

const REQUESTS: Readonly<Record<string, (app: App) => Test>> = {
  'the versions': (app) => request(app).get('/api/v1/models'),
  'the rollout': (app) => request(app).get('/api/v1/models/rollout'),
  'the start of a rollout': (app) => request(app).post('/api/v1/models/rollout').send({ mode: 'shadow' }),
  'an occlusion map': (app) => request(app).post('/api/v1/explain?id=images/0/0'),
  'the repository index': (app) => request(app).post('/v2/repository/index'),
  'a load': (app) => request(app).post('/v2/repository/models/fashion-mnist/load'),
  'model metadata': (app) => request(app).get('/v2/models/fashion-mnist'),
  'the readiness of the model': (app) => request(app).get('/v2/models/fashion-mnist/ready'),
  'the readiness of the server': (app) => request(app).get('/v2/health/ready'),
  'an inference': (app) => request(app).post('/v2/models/fashion-mnist/infer').send({ inputs: [] }),
  'the status for TensorFlow clients': (app) => request(app).get('/v1/models/fashion-mnist'),
  'a prediction for TensorFlow clients': (app) =>
    request(app).post('/v1/models/fashion-mnist:predict').send({ instances: [] }),
};

describe('a process without a model', () => {
  describe.each([
    ['before its first prediction', () => null],
    ['after a prediction of another process', undefined],
  ])('%s', (_when, model) => {
    it.each(Object.keys(REQUESTS))('answers 501 for %s, so nobody waits for a model', async (name) => {
      const services = createFakeServices({
        modelElsewhere: 'the model is in another process',
        models: () => null,
        canClassify: () => false,
        ...(model && { model }),
      });
      const { app } = createTestApp({ services });
      const { body } = (await REQUESTS[name]!(app).expect(501)) as { body: Record<string, unknown> };
      expect(body['detail'] ?? body['error']).toBe('the model is in another process');
    });
  });
});
