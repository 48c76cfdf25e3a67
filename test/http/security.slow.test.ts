import { once } from 'node:events';
import { connect, type AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import request from 'supertest';
import { createTestApp, problem } from '../helpers/http-app';

const PUBLISH = '/api/v1/publish';
const RANGE = { start: 0, end: 3 };

describe('the Host header', () => {
  it.each(['localhost', 'localhost:8080', '127.0.0.1:8080', '[::1]:8080', 'LOCALHOST', 'images.lan:8080'])(
    'accepts %s',
    async (host) => {
      const { app } = createTestApp({ allowedHosts: ['images.lan'] });
      await request(app).get('/livez').set('host', host).expect(200);
    },
  );

  it.each([
    'evil.example',
    'localhost.evil.example',
    '127.0.0.1.nip.io',
    '10.0.0.7',
    '',
    'localhost:8080@evil.example',
    'a b',
  ])('keeps %j out', async (host) => {
    const { app } = createTestApp();
    expect((await request(app).get('/api/v1/stats').set('host', host).expect(403)).body).toEqual(
      problem(403, 'FORBIDDEN'),
    );
  });

  it('accepts any IP address beyond loopback, but no foreign name', async () => {
    const { app } = createTestApp({ host: '0.0.0.0', token: 'secret' });
    await request(app).get('/livez').set('host', '10.1.2.3:8080').expect(200);
    await request(app).get('/livez').set('host', 'evil.example').expect(403);
  });
});

describe('a request with two host names', () => {
  const head = (target: string, ...hosts: string[]) =>
    `GET ${target} HTTP/1.1\r\n${hosts.map((host) => `Host: ${host}\r\n`).join('')}Connection: close\r\n\r\n`;

  it.each([
    [400, head('/livez', 'localhost', 'evil.example')],
    [400, head('/livez', 'localhost', 'localhost')],
    [400, head('http://evil.example/livez', 'localhost')],
    [400, head('http://localhost@evil.example/livez', 'localhost')],
    [400, head('ftp://evil.example/livez', 'localhost')],
    [403, head('http://localhost/livez', 'evil.example')],
    [200, head('http://localhost/livez', 'localhost')],
    [200, head('http://127.0.0.1:8080/livez?a=b', 'localhost')],
  ])('is answered with %d: %j', async (status, request) => {
    const server = createTestApp().app.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const socket = connect((server.address() as AddressInfo).port, '127.0.0.1');
    socket.end(request);
    expect(await text(socket)).toMatch(new RegExp(`^HTTP/1.1 ${status} `));
    server.close();
  });
});

describe('requests from pages of other sites', () => {
  const FOREIGN = [
    { 'sec-fetch-site': 'cross-site' },
    { 'sec-fetch-site': 'same-site' },
    { origin: 'https://evil.example' },
    { origin: 'null' },
    { origin: 'http://127.0.0.1:1' },
  ];

  it.each(FOREIGN)('may not publish (%j)', async (headers) => {
    const { app, services } = createTestApp();
    expect((await request(app).post(PUBLISH).set(headers).send(RANGE).expect(403)).body).toEqual(
      problem(403, 'FORBIDDEN'),
    );
    await request(app).delete(`${PUBLISH}/job-1`).set(headers).expect(403);
    await request(app).post('/api/v1/classify').set(headers).send('x').expect(403);
    await request(app).get('/memory/push-to-consumer?start_idx=0&end_idx=3').set(headers).expect(403);
    expect(services.requests).toEqual([]);
  });

  it('may not be prefetched where a GET publishes', async () => {
    const { app } = createTestApp();
    const headers = { 'sec-fetch-site': 'none', 'sec-purpose': 'prefetch;prerender' };
    await request(app).get('/memory/push-to-consumer?start_idx=0&end_idx=3').set(headers).expect(403);
  });

  it('do not affect the own page or curl', async () => {
    const { app } = createTestApp();
    await request(app).post(PUBLISH).send(RANGE).expect(202);
    await request(app).post(PUBLISH).set('sec-fetch-site', 'same-origin').send(RANGE).expect(202);
    await request(app)
      .post(PUBLISH)
      .set({ host: 'localhost:8080', origin: 'http://localhost:8080' })
      .send(RANGE)
      .expect(202);
    await request(app)
      .get('/memory/push-to-consumer?start_idx=0&end_idx=3')
      .set('sec-fetch-site', 'none')
      .expect(202);
  });
});

describe('the token', () => {
  const token = 'correct horse';

  it('is required everywhere except on the page and the probes', async () => {
    const { app, services } = createTestApp({ token: 's3cret' });
    const guarded = [
      '/api/v1/stats',
      '/api/v1/predictions',
      '/api/v1/stream',
      '/api/v1/nothing',
      '/kafka/push-to-consumer?start_idx=0&end_idx=1',
    ];
    for (const path of guarded) {
      const response = await request(app)
        .get(path)
        .expect(401)
        .expect('www-authenticate', /^Bearer/);
      expect(response.body).toEqual(problem(401, 'UNAUTHORIZED'));
    }
    await request(app).post('/api/v1/classify').send('x').expect(401);
    await request(app).get('/livez').expect(200);
    expect(services.requests).toEqual([]);
  });

  it('is accepted as a bearer token', async () => {
    const { app } = createTestApp({ token: 's3cret' });
    await request(app).get('/api/v1/stats').set('authorization', 'Bearer s3cret').expect(200);
    for (const wrong of ['Bearer s3cre', 'Bearer', 'Basic s3cret', 's3cret', 'Bearer s3cret2']) {
      await request(app).get('/api/v1/stats').set('authorization', wrong).expect(401);
    }
  });

  it('is stored as a cookie of the page, which does not contain the token', async () => {
    const { app } = createTestApp({ token });
    const server = app.listen(0, '127.0.0.1');
    await once(server, 'listening');
    try {
      const opened = await request(server)
        .get(`/?token=${encodeURIComponent(token)}`)
        .expect(303)
        .expect('location', '/');
      const cookie = opened.headers['set-cookie']?.[0] ?? '';
      expect(cookie).toMatch(/HttpOnly; SameSite=Strict/);
      expect(cookie).not.toContain('horse');
      const pair = cookie.split(';')[0]!;
      await request(server).get('/api/v1/stats').set('cookie', `other=1; ${pair}`).expect(200);
      await request(server).get('/api/v1/stats').set('cookie', `${pair}x`).expect(401);
    } finally {
      await new Promise((resolve) => server.close(resolve));
    }
  });

  it('is refused when wrong', async () => {
    const { app } = createTestApp({ token });
    expect((await request(app).get('/?token=wrong').expect(401)).body).toEqual(problem(401, 'UNAUTHORIZED'));
    await request(app).get('/?token=correct%20horse&token=wrong').expect(401);
  });
});

it('sends a policy without inline scripts and frames', async () => {
  const { headers } = await request(createTestApp().app).get('/livez');
  expect(headers['content-security-policy']).toContain("script-src 'self';");
  expect(headers['content-security-policy']).not.toContain('unsafe');
  expect(headers['content-security-policy']).toContain("frame-ancestors 'none'");
  expect(headers['x-content-type-options']).toBe('nosniff');
  expect(headers).not.toHaveProperty('x-powered-by');
});
