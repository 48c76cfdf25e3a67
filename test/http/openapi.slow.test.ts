import request from 'supertest';
import { StreamInferError } from '../../src/core/errors';
import { collectRoutes } from '../../src/http/openapi/collect';
import { makeDelivery } from '../helpers/deliveries';
import { createTestApp } from '../helpers/http-app';

interface Document {
  readonly openapi: string;
  readonly paths: Readonly<Record<string, Readonly<Record<string, DocumentedOperation>>>>;
  readonly components: { readonly schemas: Readonly<Record<string, object>> };
}

interface DocumentedOperation {
  readonly operationId: string;
  readonly security?: object[];
  readonly parameters?: readonly { name: string; in: string; schema: object }[];
  readonly responses: Readonly<Record<string, { content: Readonly<Record<string, { schema: object }>> }>>;
}

async function fetchDocument(): Promise<Document> {
  return (await request(createTestApp().app).get('/openapi.json').expect(200)).body as Document;
}

/** Paths such as `/dead-letters/*id` and `/publish/:job\\:now` in OpenAPI notation. */
const inBraces = (path: string) =>
  path
    .replace(/\\(.)/g, '\0$1')
    .replace(/[:*](?<!\0.)(\w+)/g, '{$1}')
    .replaceAll('\0', '');

describe('every route of the application', () => {
  const routes = collectRoutes(createTestApp().app.router);

  it('is found', () => {
    expect(routes.length).toBeGreaterThan(25);
    expect(routes.map(({ method, path }) => `${method} ${path}`)).toContain('post /classify');
  });

  it('is described in its file: put describe({ … }) before its handlers', () => {
    const bare = routes.filter(({ operation }) => operation === undefined);
    expect(bare.map(({ method, path }) => `${method} ${path}`)).toEqual([]);
  });

  it('is described under its path', () => {
    const wrong = routes.filter(({ path, operation }) => {
      const own = path.split(',').map(inBraces);
      // Parameter names may differ from the route, and image paths end in .png in the document.
      const anonymous = (text: string) => text.replace(/\{\w+\}(\.png)?/g, '{}');
      return !own.every((one) => operation?.paths.some((full) => anonymous(full).endsWith(anonymous(one))));
    });
    expect(wrong.map(({ method, path }) => `${method} ${path}`)).toEqual([]);
  });
});

describe('the OpenAPI document', () => {
  it('has every path, each operation with a unique name', async () => {
    const { openapi, paths } = await fetchDocument();
    expect(openapi).toBe('3.1.0');
    expect(Object.keys(paths)).toEqual(
      expect.arrayContaining([
        '/livez',
        '/api/v1/predictions/{id}',
        '/api/v1/classify',
        '/kafka/push-to-consumer',
        '/v2/models/{model}/versions/{version}/infer',
        '/v1/models/{model}:predict',
        '/openapi.json',
      ]),
    );
    const names = Object.values(paths).flatMap((path) =>
      Object.values(path).map(({ operationId }) => operationId),
    );
    expect(new Set(names).size).toBe(names.length);
  });

  it('refers only to what it holds', async () => {
    const document = await fetchDocument();
    const references = [...JSON.stringify(document).matchAll(/"\$ref":"([^"]*)"/g)].map(
      ([, target]) => target,
    );
    const known = Object.keys(document.components.schemas).map((name) => `#/components/schemas/${name}`);
    expect(references.length).toBeGreaterThan(50);
    expect(references.filter((target) => !known.includes(target as string))).toEqual([]);
  });

  it('documents the limits of the validation', async () => {
    const { paths } = await fetchDocument();
    const parameters = paths['/api/v1/predictions']?.['get']?.parameters ?? [];
    expect(parameters.find(({ name }) => name === 'limit')).toMatchObject({
      in: 'query',
      required: false,
      schema: { type: 'integer', minimum: 1, maximum: 500, default: 50 },
    });
    expect(parameters.find(({ name }) => name === 'maxConfidence')).toMatchObject({
      schema: { type: 'number', minimum: 0, maximum: 1 },
    });
  });

  it('describes errors as problem documents, or as messages for the inference protocols', async () => {
    const { paths } = await fetchDocument();
    const { responses } = paths['/api/v1/classify']?.['post'] as DocumentedOperation;
    expect(Object.keys(responses)).toEqual(
      expect.arrayContaining(['200', '400', '401', '413', '422', '429']),
    );
    expect(responses['429']).toMatchObject({
      headers: { 'Retry-After': {} },
      content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } },
    });
    const infer = paths['/v2/models/{model}/infer']?.['post'] as DocumentedOperation;
    expect(infer.responses['400']?.content).toEqual({
      'application/json': { schema: { $ref: '#/components/schemas/Error' } },
    });
  });

  it.each([
    ['post', '/api/v1/publish', { start: 0, end: 3 }],
    ['post', '/memory/push-to-consumer', { start_idx: 0, end_idx: 3 }],
    ['get', '/kafka/push-to-consumer?start_idx=0&end_idx=3', undefined],
    ['get', '/pubsub/push-to-consumer?start_idx=0&end_idx=3', undefined],
  ] as const)('documents every status that publishing can answer: %s %s', async (method, target, body) => {
    const { paths } = await fetchDocument();
    const { responses } = paths[target.split('?')[0] ?? '']?.[method] as DocumentedOperation;
    const codes = [
      'BROKER_REFUSED',
      'BROKER_UNREACHABLE',
      'OVERLOADED',
      'DATASET_MISSING',
      'TIMEOUT',
    ] as const;
    for (const code of codes) {
      const { app, services } = createTestApp();
      services.failNext = new StreamInferError(code, 'no');
      const { status } = await request(app)[method](target).send(body);
      expect(status).toBeGreaterThanOrEqual(429);
      expect([code, Object.keys(responses)]).toEqual([code, expect.arrayContaining([String(status)])]);
    }
  });

  it.each([
    ['/api/v1/dead-letters/redrive', '/api/v1/dead-letters/redrive'],
    ['/api/v1/dead-letters/{id}/redrive', '/api/v1/dead-letters/images/0/0/redrive'],
  ])('documents every status that redriving can answer: %s', async (path, target) => {
    const { responses } = (await fetchDocument()).paths[path]?.['post'] as DocumentedOperation;
    for (const code of ['BROKER_REFUSED', 'BROKER_UNREACHABLE', 'PUBLISH_FAILED', 'TIMEOUT'] as const) {
      const { app, services } = createTestApp();
      services.emit([
        {
          kind: 'dead letter',
          delivery: makeDelivery(0),
          rejection: { code: 'CORRUPT', message: 'no good', stage: 'decode', attempts: 1 },
        },
      ]);
      services.failNext = new StreamInferError(code, 'no');
      const { status } = await request(app).post(target).send({});
      expect(status).toBeGreaterThanOrEqual(500);
      expect([code, Object.keys(responses)]).toEqual([code, expect.arrayContaining([String(status)])]);
    }
  });

  it.each(['/v2/models/{model}/infer', '/v1/models/{model}:predict'])(
    'documents the conflict of a model swap during the request: %s',
    async (path) => {
      const { responses } = (await fetchDocument()).paths[path]?.['post'] as DocumentedOperation;
      expect(Object.keys(responses)).toContain('409');
    },
  );

  it('documents each event of the live feed', async () => {
    const { paths, components } = await fetchDocument();
    const { responses } = paths['/api/v1/stream']?.['get'] as DocumentedOperation;
    expect(responses['200']?.content).toEqual({
      'text/event-stream': { schema: { $ref: '#/components/schemas/StreamEvent' } },
    });
    const { oneOf } = components.schemas['StreamEvent'] as {
      oneOf: { properties: { event: { const: string }; data: { contentSchema: object } } }[];
    };
    expect(oneOf.map(({ properties }) => properties.event.const)).toEqual([
      'model',
      'stats',
      'lag',
      'prediction',
      'alert',
    ]);
  });

  it('documents the routes that require the token', async () => {
    const { paths } = await fetchDocument();
    const needsToken = Object.entries(paths)
      .filter(([, methods]) => Object.values(methods).some(({ security }) => security !== undefined))
      .map(([path]) => path);
    const { app } = createTestApp({ token: 'a-long-token' });
    for (const [path, methods] of Object.entries(paths)) {
      const method = Object.keys(methods)[0] as 'get' | 'post' | 'delete';
      const { status } = await request(app)[method](path.replace(/\{\w+\}/g, 'x'));
      expect([path, status === 401]).toEqual([path, needsToken.includes(path)]);
    }
  });

  it('answers 304 for a cached document', async () => {
    const { app } = createTestApp();
    const { headers } = await request(app)
      .get('/openapi.json')
      .expect(200)
      .expect('cache-control', 'no-cache');
    await request(app)
      .get('/openapi.json')
      .set('if-none-match', headers['etag'] as string)
      .expect(304);
    await request(app).head('/openapi.json').expect(200);
    await request(app).post('/openapi.json').expect(405).expect('allow', 'GET, HEAD');
  });
});
