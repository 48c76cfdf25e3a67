import request from 'supertest';
import { StreamInferError } from '../../src/core/errors';
import type { PushService } from '../../src/http/services';
import { createTestApp, problem } from '../helpers/http-app';
import { createFakeServices } from '../helpers/services';

const PATH = '/pubsub/push';
const TOKEN = 'a-long-token';

interface Answer {
  readonly body: unknown;
  readonly headers: Readonly<Record<string, string>>;
}

function createPush(overrides: Partial<PushService> = {}) {
  const released: number[] = [];
  const bodies: Buffer[] = [];
  const push: PushService = {
    verifiesTokens: true,
    authenticate: async (authorization) => {
      if (authorization !== 'Bearer good')
        throw new StreamInferError('UNAUTHORIZED', 'the token is not accepted');
    },
    admit: (bytes) => () => void released.push(bytes),
    deliver: async (_headers, body) => void bodies.push(body),
    ...overrides,
  };
  const { app } = createTestApp({ services: createFakeServices({ push }), token: TOKEN });
  return { app, released, bodies };
}

describe('POST /pubsub/push', () => {
  it('says how to turn it on', async () => {
    const { app } = createTestApp();
    const { body } = (await request(app).post(PATH).send('x').expect(404)) as Answer;
    expect(body).toMatchObject({
      code: 'NOT_FOUND',
      detail: expect.stringContaining('pubsub.push.enabled') as string,
    });
    await request(app).get(PATH).expect(405).expect('Allow', 'POST');
  });

  it('answers 204 after the outcome, with the token of Pub/Sub and not of the API, and frees the room', async () => {
    const { app, released, bodies } = createPush();
    const image = Buffer.alloc(784, 5);
    const sent = request(app).post(PATH).set('authorization', 'Bearer good').type('application/octet-stream');
    await sent.send(image).expect(204);
    expect(bodies).toEqual([image]);
    expect(released).toEqual([784]);
  });

  it('answers 401 without the right token, before the body is read', async () => {
    const { app, bodies } = createPush({
      admit: () => {
        throw new Error('not reached');
      },
    });
    const { body } = (await request(app)
      .post(PATH)
      .set('authorization', `Bearer ${TOKEN}`)
      .send('x')
      .expect(401)) as Answer;
    expect(body).toEqual(problem(401, 'UNAUTHORIZED'));
    expect(bodies).toEqual([]);
  });

  it('requires the token of the API where OIDC tokens are not verified', async () => {
    const { app } = createPush({ verifiesTokens: false });
    await request(app).post(PATH).send('x').expect(401);
    await request(app).post(PATH).set('authorization', `Bearer ${TOKEN}`).send('x').expect(204);
  });

  it.each([
    ['OVERLOADED', 429],
    ['NOT_READY', 503],
  ] as const)('answers %s with a status after which Pub/Sub pushes again', async (code, status) => {
    const { app } = createPush({
      admit: () => {
        throw new StreamInferError(code, 'later');
      },
    });
    const sent = request(app).post(PATH).set('authorization', 'Bearer good');
    const { body, headers } = (await sent.send('x').expect(status)) as Answer;
    expect(body).toEqual(problem(status, code));
    expect(Number(headers['retry-after'])).toBeGreaterThan(0);
  });

  it('frees the room when the message is refused, or the body is compressed', async () => {
    const { app, released } = createPush({
      deliver: async () => {
        throw new StreamInferError('NOT_READY', 'stopping');
      },
    });
    const post = () => request(app).post(PATH).set('authorization', 'Bearer good');
    await post().send('four').expect(503);
    await post().set('content-encoding', 'gzip').send('five!').expect(415);
    expect(released).toEqual([4, 5]);
  });
});
