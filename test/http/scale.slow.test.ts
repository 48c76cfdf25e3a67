import request from 'supertest';
import { createTestApp, problem } from '../helpers/http-app';
import { createFakeServices } from '../helpers/services';

describe('GET /api/v1/scale-hint', () => {
  it('returns the required number of processes, and its basis', async () => {
    const { app } = createTestApp();
    const body: unknown = (await request(app).get('/api/v1/scale-hint').expect(200)).body;
    expect(body).toEqual({
      replicas: 3,
      load: 2.5,
      reason: 'grow: messages arrive or wait faster than they are processed',
      current: 1,
      basis: {
        arrivalRate: 300,
        outcomeRate: 100,
        lag: 6000,
        capacity: 200,
        utilization: 1,
        partitions: 4,
        blocked: null,
      },
    });
  });

  it('accepts the number of processes, the catch-up time and the utilization', async () => {
    const { app } = createTestApp();
    const query = 'current=2&catchUpSeconds=30&utilization=0.5';
    const body: unknown = (await request(app).get(`/api/v1/scale-hint?${query}`).expect(200)).body;
    expect(body).toMatchObject({ current: 2, load: 5, replicas: 8 });
  });

  it.each(['current=0', 'utilization=2', 'catchUpSeconds=no', 'replicas=2'])('refuses %s', async (query) => {
    const { app } = createTestApp();
    const body: unknown = (await request(app).get(`/api/v1/scale-hint?${query}`).expect(400)).body;
    expect(body).toEqual(problem(400, 'BAD_REQUEST'));
  });
});

describe('GET /metrics', () => {
  it('answers in the text format of Prometheus', async () => {
    const { app } = createTestApp();
    const { text, headers } = await request(app).get('/metrics').expect(200);
    expect(headers['content-type']).toBe('text/plain; version=0.0.4; charset=utf-8');
    expect(text).toBe('up 1\n');
  });

  it('requires the token if one is set', async () => {
    const { app } = createTestApp({ token: 'a-long-secret', services: createFakeServices() });
    await request(app).get('/metrics').expect(401);
    await request(app).get('/metrics').set('Authorization', 'Bearer a-long-secret').expect(200);
  });

  it('accepts GET only', async () => {
    await request(createTestApp().app).post('/metrics').expect(405);
  });
});
