import { mergeMetrics } from '../../../src/http/several/merge-metrics';
import { routeOf, startModelServer, type ModelServer } from '../../../src/http/several/server';
import { createFakeServices, SILENT_LOG } from '../../helpers/services';

it('finds the model in a path', () => {
  expect(routeOf('/api/v1/models/a.b/predictions?limit=3')).toEqual({
    model: 'a.b',
    url: '/api/v1/predictions?limit=3',
  });
  expect(routeOf('/v2/models/a/versions/1/infer')).toMatchObject({ model: 'a' });
  expect(routeOf('/v1/models/a:predict')).toMatchObject({ model: 'a' });
  expect(routeOf('/v2/repository/models/a/load')).toMatchObject({ model: 'a' });
  for (const url of [
    '/',
    '/api/v1/models',
    '/api/v1/stats?x=/api/v1/models/a/b',
    '/v2',
    '/v2/repository/index',
  ])
    expect(routeOf(url)).toEqual({ url });
});

it('merges metrics by name', () => {
  const text = (model: string) =>
    `# HELP a first\n# TYPE a counter\na{model="${model}"} 1\n\n# HELP b x\n# TYPE b gauge\n`;
  expect(mergeMetrics([text('m'), text('n')])).toBe(
    '# HELP a first\n# TYPE a counter\na{model="m"} 1\na{model="n"} 1\n\n# HELP b x\n# TYPE b gauge\n',
  );
});

describe('the server of two models', () => {
  let server: ModelServer;
  const models = ['shoes', 'bags'].map((name) => {
    const services = createFakeServices();
    Object.assign(services, { served: ['shoes', 'bags'], topics: { input: name, output: 'o', dlq: 'd' } });
    const health = services.health();
    Object.assign(services, {
      health: () =>
        name === 'bags'
          ? { ...health, ready: false, reasons: ['It is slow.'] }
          : { ...health, ready: true, reasons: [] },
    });
    return { name, services };
  });
  beforeAll(async () => {
    server = await startModelServer({ host: '127.0.0.1', port: 0, log: SILENT_LOG }, models);
  });
  afterAll(() => server.close(100));

  const get = async (path: string) => {
    const response = await fetch(server.url + path);
    return { status: response.status, body: (await response.json()) as Record<string, unknown> };
  };

  it('answers for the model in the path, and otherwise for the first', async () => {
    const inputOf = async (path: string) => ((await get(path)).body.topics as { input: string }).input;
    expect(await inputOf('/api/v1/stats')).toBe('shoes');
    expect(await inputOf('/api/v1/models/shoes/stats')).toBe('shoes');
    expect(await inputOf('/api/v1/models/bags/stats')).toBe('bags');
    expect((await get('/api/v1/stats')).body.models).toEqual(['shoes', 'bags']);
  });

  it('names the models for an unknown one', async () => {
    const { status, body } = await get('/api/v1/models/hats/stats');
    expect([status, body.code, body.detail]).toEqual([
      404,
      'NOT_FOUND',
      'model "hats" does not exist; the models are shoes, bags',
    ]);
    const { status: inferred, body: answer } = await get('/v2/models/hats');
    expect([inferred, answer.error]).toEqual([
      404,
      'Model "hats" does not exist; the models are shoes, bags.',
    ]);
  });

  it('is ready when all models are, and says which is not', async () => {
    const { status, body } = await get('/readyz');
    expect(status).toBe(503);
    expect(body.detail).toBe('Model bags: It is slow.');
    expect(body.models).toEqual([
      { name: 'shoes', ready: true, reasons: [] },
      { name: 'bags', ready: false, reasons: ['It is slow.'] },
    ]);
  });
});
