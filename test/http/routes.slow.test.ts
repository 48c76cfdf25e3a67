import request from 'supertest';
import { StreamInferError } from '../../src/core/errors';
import type { ConfusionAnswer } from '../../src/http/schemas/quality';
import { createTestApp, problem } from '../helpers/http-app';
import { statsAnswer } from '../../src/http/schemas/stats';
import { createOutcome, LATENCY_GOAL, MODEL } from '../helpers/services';

const API = '/api/v1';

/** Bodies of supertest are `any`. */
interface Answer {
  readonly body: unknown;
  readonly headers: Record<string, string>;
}

describe('health', () => {
  it('is always alive, and ready with the model and the broker', async () => {
    const { app } = createTestApp();
    expect((await request(app).get('/livez').expect(200)).body).toEqual({ alive: true });
    const { body } = (await request(app).get('/readyz').expect(200)) as Answer;
    expect(body).toMatchObject({ ready: true, broker: 'memory', model: MODEL });
  });

  it.each(['/readyz', '/healthz'])('%s reports why it is not ready', async (path) => {
    const { app, services } = createTestApp();
    const reasons = ['Kafka at localhost:9092 does not answer.'];
    services.health = () => ({
      ready: false,
      reasons,
      source: { state: 'down', reason: 'gone' },
      sink: { state: 'up' },
    });
    const response = await request(app).get(path).expect(503).expect('retry-after', '2');
    expect(response.body).toEqual(problem(503, 'NOT_READY'));
    expect(response.body).toMatchObject({ ready: false, reasons, source: { state: 'down' } });
    await request(app).get('/livez').expect(200);
  });
});

describe('predictions', () => {
  function filled() {
    const { app, services } = createTestApp();
    services.emit(
      Array.from({ length: 20 }, (_, index) =>
        createOutcome({
          index,
          label: index % 10,
          truth: index === 13 ? 0 : index % 10,
          confidence: 0.5 + index / 50,
        }),
      ),
    );
    return app;
  }
  interface Page {
    predictions: { seq: number; id: string; label: number; confidence: number }[];
    next: number | null;
  }
  const page = async (app: ReturnType<typeof filled>, query: string) =>
    (await request(app).get(`${API}/predictions?${query}`).expect(200)).body as Page;

  it('lists the most confident mistakes first, and those of a time', async () => {
    const { app, services } = createTestApp();
    services.emit([
      createOutcome({ index: 1, label: 1, truth: 2, confidence: 0.6 }),
      createOutcome({ index: 2, label: 1, truth: 2, confidence: 0.9 }),
      createOutcome({ index: 3, label: 1, truth: 1, confidence: 0.99 }),
    ]);
    const confidences = async (query: string) =>
      (await page(app, query)).predictions.map(({ confidence }) => confidence);
    expect(await confidences('wrong=true&order=confidence')).toEqual([0.9, 0.6]);
    expect(await page(app, 'wrong=true&order=confidence&limit=1')).toMatchObject({ next: null });
    expect(await confidences('from=2020-01-01T00:00:00Z')).toHaveLength(3);
    expect(await confidences('to=2020-01-01T00:00:00Z')).toEqual([]);
    await request(app).get(`${API}/predictions?order=confidence`).expect(400);
    await request(app).get(`${API}/predictions?from=yesterday`).expect(400);
  });

  it('lists the newest first and pages without gaps or duplicates', async () => {
    const app = filled();
    const seen: number[] = [];
    let before = '';
    for (;;) {
      const { predictions, next } = await page(app, `limit=7${before}`);
      seen.push(...predictions.map(({ seq }) => seq));
      if (next === null) break;
      before = `&before=${next}`;
    }
    expect(seen).toEqual(Array.from({ length: 20 }, (_, at) => 20 - at));
  });

  it('filters by predicted and actual class (number or name), errors and confidence', async () => {
    const app = filled();
    expect((await page(app, 'label=3')).predictions).toHaveLength(2);
    expect((await page(app, 'label=ankle%20boot')).predictions.every(({ label }) => label === 9)).toBe(true);
    expect((await page(app, 'truth=0')).predictions).toHaveLength(3);
    expect((await page(app, 'wrong=true')).predictions).toMatchObject([{ label: 3 }]);
    expect((await page(app, 'wrong=false&label=3')).predictions).toHaveLength(1);
    expect((await page(app, 'minConfidence=6e-1&maxConfidence=0.62')).predictions).toHaveLength(2);
  });

  it('lists every invalid field with its value', async () => {
    const query = 'limit=501&label=Sock&minConfidence=2&before=x&wrong=maybe&colour=red';
    const { body } = (await request(createTestApp().app)
      .get(`${API}/predictions?${query}`)
      .expect(400)) as Answer;
    expect(body).toEqual(problem(400, 'BAD_REQUEST'));
    const { errors } = body as { errors: { field: string; value: string }[] };
    expect(Object.fromEntries(errors.map(({ field, value }) => [field, value]))).toEqual({
      limit: '"501"',
      label: '"Sock"',
      minConfidence: '"2"',
      before: '"x"',
      wrong: '"maybe"',
      colour: '"red"',
    });
  });

  it.each([
    'limit=0',
    'limit=',
    'limit=1e2',
    'limit=-1',
    'limit=5&limit=6',
    'before=0',
    'maxConfidence=NaN',
    'truth=10',
  ])('refuses ?%s', async (query) => {
    const { body } = (await request(createTestApp().app)
      .get(`${API}/predictions?${query}`)
      .expect(400)) as Answer;
    expect(body).toEqual(problem(400, 'BAD_REQUEST'));
  });

  it('finds one by an id with slashes, encoded or not', async () => {
    const app = filled();
    for (const id of ['images/1/2', 'images%2F1%2F2']) {
      const { body } = (await request(app).get(`${API}/predictions/${id}`).expect(200)) as Answer;
      expect(body).toMatchObject({ id: 'images/1/2', seq: 10 });
    }
  });

  it('answers 404 for an unknown id and 400 for an undecodable one', async () => {
    const app = filled();
    expect((await request(app).get(`${API}/predictions/images/1/999`).expect(404)).body).toEqual(
      problem(404, 'NOT_FOUND'),
    );
    expect((await request(app).get(`${API}/predictions/%E0%A4%A`).expect(400)).body).toEqual(
      problem(400, 'BAD_REQUEST'),
    );
    await request(app).get(`${API}/predictions/__proto__`).expect(404);
  });
});

describe('images', () => {
  it('enlarges without smoothing', async () => {
    const { app, services } = createTestApp();
    services.emit([createOutcome({ index: 5, pixels: new Uint8Array(784).fill(200) })]);
    const { body, headers } = (await request(app)
      .get(`${API}/images/images/1/1.png?scale=3`)
      .expect(200)) as Answer;
    const png = body as Buffer;
    expect(headers['content-type']).toBe('image/png');
    expect(png.subarray(0, 8)).toEqual(Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]));
    expect([png.readUInt32BE(16), png.readUInt32BE(20)]).toEqual([84, 84]);
    await request(app)
      .get(`${API}/images/${encodeURIComponent('images/1/1')}.png`)
      .expect(200);
  });

  it('answers 304 for a cached image of the same scale', async () => {
    const { app, services } = createTestApp();
    services.emit([createOutcome({ index: 5, pixels: new Uint8Array(784).fill(200) })]);
    const path = `${API}/images/images/1/1.png`;
    const { headers } = await request(app).get(path).expect(200);
    const etag = headers['etag'] as string;
    await request(app).get(path).set('if-none-match', etag).expect(304);
    await request(app).get(`${path}?scale=2`).set('if-none-match', etag).expect(200);
    await request(app).head(path).expect(200).expect('etag', etag);
  });

  it.each([
    ['images/1/1.png?scale=17', 400, 'BAD_REQUEST'],
    ['images/1/1.png?scale=0', 400, 'BAD_REQUEST'],
    ['images/1/1.png?scale=1.5', 400, 'BAD_REQUEST'],
    ['images/1/1.png', 404, 'NOT_FOUND'],
    ['images/1/1.gif', 404, 'NOT_FOUND'],
  ])('answers %s with %i', async (path, status, code) => {
    const { body } = (await request(createTestApp().app)
      .get(`${API}/images/${path}`)
      .expect(status)) as Answer;
    expect(body).toEqual(problem(status, code));
  });
});

describe('stats', () => {
  it('counts predictions, classes and the confusion matrix', async () => {
    const { app, services } = createTestApp();
    services.emit([createOutcome({ label: 2, truth: 4 }), createOutcome({ index: 1, label: 2 })]);
    const { body } = (await request(app).get(`${API}/stats`).expect(200)) as Answer;
    expect(body).toMatchObject({
      predictions: 2,
      classes: { Pullover: 2, Bag: 0 },
      judged: 1,
      correct: 0,
      broker: 'memory',
      model: MODEL,
    });
    const { matrix } = (await request(app).get(`${API}/confusion`).expect(200)).body as ConfusionAnswer;
    expect(matrix[4]?.[2]).toBe(1);
    expect(matrix.flat().reduce((sum, count) => sum + count)).toBe(1);
  });

  it('has the latency goal if one is set, as documented', async () => {
    const { app, services } = createTestApp();
    expect((await request(app).get(`${API}/stats`)).body).not.toHaveProperty('latencyGoal');
    services.latencyGoal = () => null;
    expect((await request(app).get(`${API}/stats`)).body).not.toHaveProperty('latencyGoal');
    services.latencyGoal = () => LATENCY_GOAL;
    const { body } = (await request(app).get(`${API}/stats`).expect(200)) as Answer;
    expect(body).toMatchObject({ latencyGoal: LATENCY_GOAL });
    expect(statsAnswer.safeParse(body).error).toBeUndefined();
  });

  it('has the result cache if there is one, as documented', async () => {
    const { app, services } = createTestApp();
    expect((await request(app).get(`${API}/stats`)).body).not.toHaveProperty('cache');
    const cache = { hits: 9, misses: 1, entries: 1, bytes: 500 };
    services.resultCache = () => cache;
    const { body } = (await request(app).get(`${API}/stats`).expect(200)) as Answer;
    expect(body).toMatchObject({ cache });
    expect(statsAnswer.safeParse(body).error).toBeUndefined();
  });

  it('adds up the lag of the partitions', async () => {
    const { app, services } = createTestApp();
    services.lagMessages = [3, 4];
    const { body } = (await request(app).get(`${API}/lag`).expect(200)) as Answer;
    expect(body).toMatchObject({
      messages: 7,
      seconds: 0.4,
      partitions: [
        { partition: 0, messages: 3, seconds: 0.3 },
        { partition: 1, messages: 4, seconds: 0.4 },
      ],
    });
  });

  it.each(['stats', 'lag', 'confusion', 'drift', 'config', 'history', 'predictions'])(
    '%s refuses an unknown query parameter',
    async (route) => {
      const { app } = createTestApp();
      const { body } = (await request(app).get(`${API}/${route}?x=1`).expect(400)) as Answer;
      expect(body).toMatchObject({
        code: 'BAD_REQUEST',
        errors: [{ field: 'x', message: 'is unknown' }],
      });
    },
  );

  it('has no lag if the broker does not report it', async () => {
    const { app, services } = createTestApp();
    services.lagMessages = [];
    const { body } = (await request(app).get(`${API}/lag`).expect(200)) as Answer;
    expect(body).toEqual({ messages: null, seconds: null, partitions: [] });
  });

  it('returns the state of the store, also on /readyz', async () => {
    const { app } = createTestApp();
    const store = { kind: 'memory', path: null, alarm: null, queued: 0, shedImages: 0, shedRows: 0 };
    expect((await request(app).get(`${API}/stats`)).body).toMatchObject({ store });
    expect((await request(app).get('/readyz')).body).toMatchObject({ ready: true, store });
  });
});

describe('classify', () => {
  it.each(['image/png', 'image/jpeg', 'image/webp', 'application/json'])(
    'passes %s on with its type',
    async (type) => {
      const { app, services } = createTestApp();
      const { body } = (await request(app)
        .post(`${API}/classify?invert=never&id=mine`)
        .set('content-type', type)
        .send(Buffer.from('{}'))
        .expect(200)) as Answer;
      expect(body).toMatchObject({ label: 9, className: 'Ankle boot', id: 'mine' });
      expect(body).not.toHaveProperty('pixels');
      expect(services.classified).toMatchObject([
        { options: { contentType: type, invert: 'never', id: 'mine' } },
      ]);
    },
  );

  it.each(['application/octet-stream', 'binary/octet-stream', 'application/x-www-form-urlencoded'])(
    'detects the format for %s',
    async (type) => {
      const { app, services } = createTestApp();
      const { body } = (await request(app)
        .post(`${API}/classify?pixels=true`)
        .set('content-type', type)
        .send('\x07'.repeat(784))
        .expect(200)) as Answer;
      expect(Buffer.from((body as { pixels: string }).pixels, 'base64')).toEqual(Buffer.alloc(784, 7));
      expect(services.classified[0]?.options).toEqual({});
    },
  );

  it.each(['image/jpg', 'image/pjpeg', 'image/x-png', 'text/json', 'application/vnd.images+json'])(
    'accepts %s, like the stream',
    async (type) => {
      const { app, services } = createTestApp();
      const image = Buffer.from('bytes');
      await request(app).post(`${API}/classify`).set('content-type', type).send(image).expect(200);
      expect(services.classified[0]?.options).toEqual({ contentType: type });
    },
  );

  it('reads the first file of a form, whatever its field names and types', async () => {
    const { app, services } = createTestApp();
    await request(app)
      .post(`${API}/classify`)
      .field('note', 'no file')
      .attach('picture', Buffer.from('first'), { filename: 'a', contentType: 'application/octet-stream' })
      .attach('image', Buffer.from('second'), { filename: 'b', contentType: 'image/png' })
      .expect(200);
    await request(app)
      .post(`${API}/classify`)
      .set('content-type', 'multipart/form-data; boundary=x')
      .send(
        Buffer.from('--x\r\nContent-Disposition: form-data; name=i; filename=f\r\n\r\nbytes\r\n--x--\r\n'),
      )
      .expect(200);
    expect(services.classified.map(({ bytes, options }) => [bytes.toString(), options])).toEqual([
      ['first', {}],
      ['bytes', {}],
    ]);
    const { body } = (await request(app)
      .post(`${API}/classify`)
      .set('content-type', 'multipart/form-data; boundary=x')
      .send(Buffer.from('--x\r\nContent-Disposition: form-data; name=i; filename=f\r\n\r\nbroken off'))
      .expect(400)) as Answer;
    expect(body).toEqual(problem(400, 'BAD_REQUEST'));
  });

  it('reads a file from a multipart form, and refuses a malformed one', async () => {
    const { app, services } = createTestApp();
    await request(app)
      .post(`${API}/classify`)
      .attach('image', Buffer.from('png bytes'), { filename: 'a.png', contentType: 'image/png' })
      .expect(200);
    expect(services.classified[0]).toMatchObject({
      bytes: Buffer.from('png bytes'),
      options: { contentType: 'image/png' },
    });
    for (const type of ['multipart/form-data; boundary=x', 'multipart/form-data']) {
      const { body } = (await request(app)
        .post(`${API}/classify`)
        .set('content-type', type)
        .send(Buffer.from('--y\r\ngarbage'))
        .expect(400)) as Answer;
      expect(body).toEqual(problem(400, 'BAD_REQUEST'));
    }
  });

  it.each([
    ['CORRUPT', 422],
    ['NOT_AN_IMAGE', 422],
    ['TOO_LARGE_PIXELS', 422],
    ['UNSUPPORTED_FORMAT', 415],
    ['NOT_READY', 503],
    ['TIMEOUT', 504],
  ] as const)('answers %s with %i', async (code, status) => {
    const { app, services } = createTestApp();
    services.failNext = new StreamInferError(code, 'The message for people.');
    const { body } = (await request(app)
      .post(`${API}/classify`)
      .set('content-type', 'image/png')
      .send(Buffer.from('x'))
      .expect(status)) as Answer;
    expect(body).toEqual(problem(status, code));
    expect(body).toMatchObject({ detail: 'The message for people.' });
  });

  it('returns Retry-After while the interactive queue is full', async () => {
    const { app, services } = createTestApp();
    services.failNext = new StreamInferError('OVERLOADED', 'The interactive lane is full.');
    await request(app)
      .post(`${API}/classify`)
      .send('x')
      .set('content-type', 'image/png')
      .expect(429)
      .expect('retry-after', '1');
  });

  it.each([
    [0, '1'],
    [900, '1'],
    [2_100, '3'],
    [1e9, '60'],
  ])('rounds a retry after %i ms up to whole seconds: %s', async (retryAfterMs, header) => {
    const { app, services } = createTestApp();
    services.failNext = new StreamInferError('OVERLOADED', 'The interactive lane is full.', {
      cause: { retryAfterMs },
    });
    await request(app).post(`${API}/classify`).send('x').expect(429).expect('retry-after', header);
  });

  it('refuses a missing body, an unsupported type, and an invalid query', async () => {
    const { app } = createTestApp();
    expect((await request(app).post(`${API}/classify`).expect(422)).body).toEqual(problem(422, 'EMPTY'));
    const text = await request(app)
      .post(`${API}/classify`)
      .set('content-type', 'text/html')
      .send('<p>')
      .expect(415);
    expect(text.body).toEqual(problem(415, 'UNSUPPORTED_FORMAT'));
    const query = await request(app)
      .post(`${API}/classify?invert=sometimes`)
      .set('content-type', 'image/png')
      .send(Buffer.from('x'))
      .expect(400);
    expect(query.body).toEqual(problem(400, 'BAD_REQUEST'));
  });

  it('hides internal errors from clients, and logs them', async () => {
    const errors: object[] = [];
    const log = {
      debug: () => {},
      info: () => {},
      warn: () => {},
      error: (fields: object) => void errors.push(fields),
    };
    const { app, services } = createTestApp({ log });
    services.failNext = new TypeError('secret path /home/me/x.js');
    const response = await request(app)
      .post(`${API}/classify`)
      .set('x-request-id', 'abc-1')
      .set('content-type', 'image/png')
      .send(Buffer.from('x'))
      .expect(500);
    expect(response.body).toEqual(problem(500, 'INTERNAL'));
    expect(response.text).not.toContain('secret');
    expect(errors).toMatchObject([{ requestId: 'abc-1' }]);
  });
});

describe('publish', () => {
  const form = { split: 'train', start: 5, end: 8, rate: 2.5, loop: true, shuffle: true };

  it('starts a job, shows it, and cancels it', async () => {
    const { app, services } = createTestApp();
    const started = await request(app)
      .post(`${API}/publish`)
      .send(form)
      .expect(202)
      .expect('location', `${API}/publish/job-1`);
    expect(started.body).toMatchObject({ id: 'job-1', state: 'running', total: null });
    expect(services.requests).toEqual([{ broker: 'memory', ...form }]);
    expect((await request(app).get(`${API}/publish`).expect(200)).body).toMatchObject({
      jobs: [{ id: 'job-1' }],
    });
    expect((await request(app).get(`${API}/publish/job-1`).expect(200)).body).toMatchObject({
      state: 'running',
    });
    expect((await request(app).delete(`${API}/publish/job-1`).expect(200)).body).toMatchObject({
      state: 'cancelled',
    });
  });

  it.each([
    [{ start: 5, end: 5 }, ['end']],
    [{ start: -1, end: 5 }, ['start']],
    [{ start: 0.5, end: 'x' }, ['start', 'end']],
    [{ start: 0, end: 5, split: 'validation', rate: 0, speed: 3 }, ['split', 'rate', 'speed']],
    [{}, ['start', 'end']],
    [[], ['body']],
  ])('refuses %j', async (sent, fields) => {
    const { body } = (await request(createTestApp().app)
      .post(`${API}/publish`)
      .send(sent)
      .expect(400)) as Answer;
    expect(body).toEqual(problem(400, 'BAD_REQUEST'));
    expect((body as { errors: { field: string }[] }).errors.map(({ field }) => field).sort()).toEqual(
      [...fields].sort(),
    );
  });

  it('refuses broken JSON, other types, unknown jobs and ranges outside the split', async () => {
    const { app } = createTestApp();
    const post = (type: string, body: string) =>
      request(app).post(`${API}/publish`).set('content-type', type).send(body);
    expect((await post('application/json', '{"start":').expect(400)).body).toEqual(
      problem(400, 'BAD_REQUEST'),
    );
    expect((await post('text/plain', 'start=0').expect(415)).body).toEqual(
      problem(415, 'UNSUPPORTED_MEDIA_TYPE'),
    );
    expect((await post('application/json', `{"x":"${'y'.repeat(20_000)}"}`).expect(413)).body).toEqual(
      problem(413, 'TOO_LARGE_BYTES'),
    );
    expect((await request(app).get(`${API}/publish/nope`).expect(404)).body).toEqual(
      problem(404, 'NOT_FOUND'),
    );
    expect((await request(app).delete(`${API}/publish/nope`).expect(404)).body).toEqual(
      problem(404, 'NOT_FOUND'),
    );
    expect(
      (await request(app).post(`${API}/publish`).send({ start: 0, end: 10_001 }).expect(400)).body,
    ).toEqual(problem(400, 'BAD_REQUEST'));
  });
});

describe('push-to-consumer', () => {
  it.each(['memory', 'kafka', 'pubsub'])('publishes to %s from a query, a form and JSON', async (broker) => {
    const { app, services } = createTestApp();
    const path = `/${broker}/push-to-consumer`;
    await request(app).get(`${path}?start_idx=0&end_idx=3`).expect(202);
    await request(app).post(path).type('form').send({ start_idx: 0, end_idx: 3 }).expect(202);
    const { body } = (await request(app).post(path).send({ start_idx: 0, end_idx: 3 }).expect(202)) as Answer;
    expect((body as { job: object }).job).toMatchObject({ state: 'running' });
    expect(services.requests).toEqual(Array(3).fill({ broker, split: 'test', start: 0, end: 3 }));
  });

  it('answers with the predictions for wait=true', async () => {
    const { app } = createTestApp();
    const { body } = (await request(app)
      .get('/kafka/push-to-consumer?start_idx=10&end_idx=12&wait=true')
      .expect(200)) as Answer;
    expect(body).toEqual({
      count: 2,
      predictions: [
        {
          id: 'images/0/0',
          index: 10,
          label: 0,
          className: 'T-shirt/top',
          truth: 0,
          correct: true,
          confidence: 0.91,
        },
        {
          id: 'images/1/0',
          index: 11,
          label: 1,
          className: 'Trouser',
          truth: 1,
          correct: true,
          confidence: 0.91,
        },
      ],
    });
  });

  it('stops waiting when the client disconnects', async () => {
    const { app, services } = createTestApp();
    services.stuck = true;
    const waiting = request(app).get('/memory/push-to-consumer?start_idx=0&end_idx=1&wait=true').timeout(200);
    await expect(waiting).rejects.toThrow(/timeout/i);
    const signal = services.waits[0]!;
    if (!signal.aborted) await new Promise((resolve) => signal.addEventListener('abort', resolve));
    expect(signal.aborted).toBe(true);
  });

  it.each([
    '',
    'start_idx=0',
    'start_idx=3&end_idx=3',
    'start_idx=a&end_idx=4',
    'start_idx=0&end_idx=4&wait=perhaps',
    'start=0&end=3',
  ])('refuses ?%s', async (query) => {
    const { body } = (await request(createTestApp().app)
      .get(`/pubsub/push-to-consumer?${query}`)
      .expect(400)) as Answer;
    expect(body).toEqual(problem(400, 'BAD_REQUEST'));
  });
});

describe('everything else', () => {
  it.each([
    '/nothing',
    '/api/v1',
    '/api/v1/nothing',
    '/rabbit/push-to-consumer',
    '/..%2f..%2fpackage.json',
    '/%',
  ])('answers %s with a problem', async (path) => {
    const response = await request(createTestApp().app).get(path);
    expect(response.status).toBeGreaterThanOrEqual(400);
    expect(response.status).toBeLessThan(500);
    expect(response.headers['content-type']).toMatch(/^application\/problem\+json/);
    expect(response.text).not.toMatch(/node_modules|\n\s*at /);
  });

  it.each([
    ['put', '/livez', 'GET, HEAD'],
    ['post', `${API}/predictions`, 'GET, HEAD'],
    ['post', `${API}/images/a.png`, 'GET, HEAD'],
    ['delete', `${API}/stats`, 'GET, HEAD'],
    ['get', `${API}/classify`, 'POST'],
    ['put', `${API}/publish`, 'GET, HEAD, POST'],
    ['post', `${API}/publish/x`, 'GET, HEAD, DELETE'],
    ['delete', '/kafka/push-to-consumer', 'GET, POST'],
    ['post', `${API}/stream`, 'GET, HEAD'],
    ['head', '/kafka/push-to-consumer', 'GET, POST'],
    ['post', '/', 'GET, HEAD'],
  ] as const)('says which methods %s %s has instead', async (method, path, allow) => {
    const response = await request(createTestApp().app)[method](path).expect(405).expect('allow', allow);
    if (method !== 'head') expect(response.body).toEqual(problem(405, 'BAD_REQUEST'));
  });

  it.each([
    '/livez',
    '/readyz',
    '/',
    `${API}/stats`,
    `${API}/predictions`,
    `${API}/publish`,
    `${API}/stream`,
  ])('answers HEAD %s like GET, without the body', async (path) => {
    const response = await request(createTestApp().app).head(path).expect(200);
    expect(response.text ?? '').toBe('');
  });

  it('adds a request id to every answer', async () => {
    const { app } = createTestApp();
    await request(app).get('/livez').set('x-request-id', 'mine-1').expect('x-request-id', 'mine-1');
    const { headers } = await request(app).get('/livez').set('x-request-id', 'two words');
    expect(headers['x-request-id']).toMatch(/^[\da-f-]{36}$/);
  });
});
