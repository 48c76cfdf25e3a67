import request from 'supertest';
import { StreamInferError } from '../../src/core/errors';
import { FASHION_MNIST } from '../../src/core/model-shape';
import { FASHION_MNIST_DESCRIPTION } from '../helpers/model-description';
import { createTestApp, problem } from '../helpers/http-app';

const LOAD = '/v2/repository/models/fashion-mnist/load';

describe('the model repository', () => {
  it('lists the versions, or only the active one for ready', async () => {
    const { app } = createTestApp();
    const { body } = (await request(app).post('/v2/repository/index').expect(200)) as { body: unknown };
    expect(body).toEqual([
      { name: 'fashion-mnist', version: '1', state: 'READY', reason: '' },
      { name: 'fashion-mnist', version: '2', state: 'UNAVAILABLE', reason: '' },
      { name: 'fashion-mnist', version: '3', state: 'UNAVAILABLE', reason: 'it is slow' },
    ]);
    const ready = await request(app).post('/v2/repository/index').send({ ready: true }).expect(200);
    expect(ready.body).toHaveLength(1);
    await request(app).post('/v2/repository/index').send({ redy: true }).expect(400);
    await request(app).get('/v2/repository/index').expect(405).expect('allow', 'POST');
  });

  it('loads a version or the newest, and rolls back', async () => {
    const { app, services } = createTestApp();
    expect((await request(app).post(LOAD).expect(200)).body).toMatchObject({ version: 2, state: 'serving' });
    expect(services.model()?.version).toBe(2);
    const versioned = '/v2/repository/models/fashion-mnist/versions/1/load';
    expect((await request(app).post(versioned).send({}).expect(200)).body).toMatchObject({ version: 1 });
    await request(app).post('/v2/repository/models/fashion-mnist/unload').expect(200);
  });

  it('reports why a version is refused, and refuses other models', async () => {
    const { app, services } = createTestApp();
    const refused = await request(app)
      .post('/v2/repository/models/fashion-mnist/versions/3/load')
      .expect(409);
    expect(refused.body).toEqual({ error: 'fashion-mnist@3 is not taken: it is slow.' });
    services.failNext = new StreamInferError('MODEL_BUSY', 'The model is being exchanged already.');
    await request(app).post(LOAD).expect(409);
    await request(app).post('/v2/repository/models/shoes/load').expect(404);
    await request(app).post('/v2/repository/models/fashion-mnist/versions/first/load').expect(400);
    await request(app)
      .post(LOAD)
      .send({ parameters: { config: '{}' } })
      .expect(400);
    expect(services.model()?.version).toBe(1);
  });

  it('requires the token and the own site', async () => {
    const { app } = createTestApp({ token: 'a-long-secret' });
    await request(app).post(LOAD).expect(401);
    await request(app).post('/v2/repository/index').expect(401);
    const foreign = { authorization: 'Bearer a-long-secret', origin: 'https://elsewhere.example' };
    await request(app).post(LOAD).set(foreign).expect(403);
  });

  it('is listed for the page with its scores', async () => {
    const { app, services } = createTestApp();
    const { body } = (await request(app).get('/api/v1/models').expect(200)) as { body: unknown };
    expect(body).toMatchObject({
      control: 'explicit',
      versions: [{ version: 1 }, { version: 2 }, { version: 3, score: { batchMs: 30 } }],
    });
    services.models = () => null;
    await request(app)
      .get('/api/v1/models')
      .expect(503)
      .expect(({ body: answer }) => expect(answer).toEqual(problem(503, 'NOT_READY')));
  });

  it('starts and stops a rollout', async () => {
    const { app, services } = createTestApp();
    const path = '/api/v1/models/rollout';
    expect((await request(app).get(path).expect(200)).body).toEqual({ rollout: null });
    const started = await request(app)
      .post(path)
      .send({ mode: 'canary', percent: 10, version: 2 })
      .expect(200);
    expect(started.body).toMatchObject({ rollout: { mode: 'canary', version: 2, share: 0.1 } });
    expect((await request(app).get(path).expect(200)).body).toEqual(started.body);
    const shadow = await request(app).post(path).send({ mode: 'shadow' }).expect(200);
    expect(shadow.body).toMatchObject({ rollout: { share: 1, latest: [{ shadow: { label: 6 } }] } });
    await request(app).delete(path).expect(200, { rollout: null });
    for (const body of [
      {},
      { mode: 'twin' },
      { mode: 'canary', percent: 0 },
      { mode: 'canary', percent: 101 },
      { mode: 'canary', percent: 1e9 },
      { mode: 'canary', percent: -5 },
      { mode: 'canary', percent: '5' },
      { mode: 'canary', percent: null },
      { mode: 'canary', version: 0 },
      { mode: 'canary', version: 1.5 },
      { mode: 'canary', version: '2' },
      { mode: 'canary', share: 0.5 },
      { mode: 'shadow', percent: 5 },
    ])
      await request(app).post(path).send(body).expect(400);
    for (const text of [
      '{"mode": "canary", "percent": NaN}',
      '{"mode": "canary", "version": 1e400}',
      '[]',
      '5',
    ])
      await request(app).post(path).set('content-type', 'application/json').send(text).expect(400);
    expect((await request(app).get(path).expect(200)).body).toEqual({ rollout: null });
    expect((await request(app).post(path).send({ mode: 'canary' }).expect(200)).body).toMatchObject({
      rollout: { share: 0.05 },
    });
    await request(app).delete(path).expect(200);
    services.failNext = new StreamInferError('MODEL_REFUSED', 'it is slow');
    await request(app).post(path).send({ mode: 'shadow' }).expect(409);
    await request(app).put(path).expect(405);
  });

  it('answers a request with one version, also during a model swap', async () => {
    const { app, services } = createTestApp();
    const classifyAll = services.classifyAll.bind(services);
    let calls = 0;
    services.classifyAll = async (images) => {
      const classified = await classifyAll(images);
      if (++calls > 1) return classified;
      return classified.map((one, i) => {
        const { prediction } = one;
        return i === 0
          ? one
          : { ...one, prediction: { ...prediction, model: { ...prediction.model, version: 2 } } };
      });
    };
    const image = new Array<number>(784).fill(0);
    const inputs = [{ name: 'image', shape: [2, 784], datatype: 'UINT8', data: [...image, ...image] }];
    const { body } = (await request(app)
      .post('/v2/models/fashion-mnist/infer')
      .send({ inputs })
      .expect(200)) as {
      body: { model_version: string };
    };
    expect(body.model_version).toBe('1');
    expect(calls).toBe(2);
  });

  it('describes the active model for clients', async () => {
    const { app, services } = createTestApp();
    const active = async () => (await request(app).get('/api/v1/model').expect(200)).body as object;
    expect(await active()).toMatchObject({
      model: { name: 'fashion-mnist', version: 1 },
      kind: 'layers',
      width: 28,
      height: 28,
      channels: 1,
      invert: 'auto',
      predictionVersion: 1,
      top: null,
      independent: false,
    });
    const labels = Array.from({ length: 1000 }, (_, at) => `class ${at}`);
    services.modelDescription = () => ({
      ...FASHION_MNIST_DESCRIPTION,
      kind: 'onnx',
      shape: { ...FASHION_MNIST, width: 32, height: 20, channels: 3, labels },
      output: { activation: 'none', independent: true },
    });
    const own = { kind: 'onnx', width: 32, height: 20, channels: 3, labels, predictionVersion: 2, top: 10 };
    expect(await active()).toMatchObject({ ...own, independent: true });
    services.modelDescription = () => null;
    const refused = await request(app).get('/api/v1/model').expect(503);
    expect(refused.body).toMatchObject(problem(503, 'NOT_READY'));
  });
});
