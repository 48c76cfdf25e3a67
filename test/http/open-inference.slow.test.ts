import request from 'supertest';
import { StreamInferError } from '../../src/core/errors';
import { createTestApp } from '../helpers/http-app';
import { MODEL } from '../helpers/services';

const INFER = '/v2/models/fashion-mnist/infer';
const PIXELS = Array.from({ length: 784 }, (_, at) => at % 256);

interface InferBody {
  readonly outputs: readonly { name: string; datatype: string; shape: number[]; data?: unknown[] }[];
}

/** One input of `n` images; `change` overrides its members. */
function asked(change: object = {}, rest: object = {}): object {
  return {
    inputs: [{ name: 'image', shape: [1, 784], datatype: 'UINT8', data: PIXELS, ...change }],
    ...rest,
  };
}

/** Bodies of supertest are `any`. */
interface Answer {
  readonly body: unknown;
}

describe('the Open Inference Protocol', () => {
  it('describes the server, its extensions and its model', async () => {
    const { app } = createTestApp();
    expect((await request(app).get('/v2').expect(200)).body).toEqual({
      name: 'stream-infer',
      version: '0.1.0',
      extensions: ['binary_tensor_data', 'classification', 'model_repository'],
    });
    for (const path of ['/v2/models/fashion-mnist', '/v2/models/fashion-mnist/versions/1']) {
      expect((await request(app).get(path).expect(200)).body).toMatchObject({
        name: 'fashion-mnist',
        versions: ['1'],
        platform: 'stream-infer_tfjs-node',
        inputs: [{ name: 'image', datatype: 'UINT8', shape: [-1, 28, 28, 1] }],
        outputs: [{ name: 'probabilities' }, { name: 'label' }, { name: 'class_name' }],
        parameters: { sha256: MODEL.sha256 },
      });
    }
  });

  it('is always alive, and ready if images can be classified', async () => {
    const { app, services } = createTestApp();
    for (const path of ['/v2/health/live', '/v2/health/ready', '/v2/models/fashion-mnist/ready'])
      await request(app).get(path).expect(200);
    services.canClassify = () => false;
    await request(app).get('/v2/health/live').expect(200);
    for (const path of ['/v2/health/ready', '/v2/models/fashion-mnist/versions/1/ready']) {
      const { body } = (await request(app).get(path).expect(503).expect('retry-after', '2')) as {
        body: unknown;
      };
      expect(body).toEqual({ error: 'The process is starting.' });
    }
  });

  it.each([
    [[1, 784], PIXELS],
    [[1, 28, 28], Array.from({ length: 28 }, (_, y) => PIXELS.slice(y * 28, y * 28 + 28))],
    [
      [1, 28, 28, 1],
      [Array.from({ length: 28 }, (_, y) => PIXELS.slice(y * 28, y * 28 + 28).map((p) => [p]))],
    ],
  ])('accepts UINT8 tensors of shape %j', async (shape, data) => {
    const { app, services } = createTestApp();
    const { body } = (await request(app)
      .post(INFER)
      .send(asked({ shape, data }, { id: 'mine' }))
      .expect(200)) as Answer;
    expect(body).toMatchObject({
      id: 'mine',
      model_name: 'fashion-mnist',
      model_version: '1',
      outputs: [
        { name: 'probabilities', datatype: 'FP32', shape: [1, 10] },
        { name: 'label', datatype: 'INT64', shape: [1], data: [9] },
      ],
    });
    expect([...(services.classified[0]?.bytes ?? [])]).toEqual(PIXELS);
  });

  it('accepts FP32 as fractions of white', async () => {
    const { app, services } = createTestApp();
    const data = PIXELS.map((pixel) => pixel / 255);
    await request(app)
      .post(INFER)
      .send(asked({ datatype: 'FP32', data }))
      .expect(200);
    expect([...(services.classified[0]?.bytes ?? [])]).toEqual(PIXELS);
  });

  it('accepts and returns binary tensors', async () => {
    const { app, services } = createTestApp();
    const image = Buffer.alloc(2 * 784 * 4);
    for (let at = 0; at < 2 * 784; at++) image.writeFloatLE((PIXELS[at % 784] as number) / 255, at * 4);
    const json = Buffer.from(
      JSON.stringify(
        asked(
          {
            shape: [2, 784],
            datatype: 'FP32',
            data: undefined,
            parameters: { binary_data_size: image.length },
          },
          { outputs: [{ name: 'class_name', parameters: { binary_data: true } }, { name: 'label' }] },
        ),
      ),
    );
    const response = await request(app)
      .post(INFER)
      .set('inference-header-content-length', String(json.length))
      .type('application/octet-stream')
      .send(Buffer.concat([json, image]))
      .buffer(true)
      .expect(200)
      .expect('content-type', 'application/octet-stream');
    expect(services.classified.map(({ bytes }) => [...bytes])).toEqual([PIXELS, PIXELS]);
    const answer = response.body as Buffer;
    const length = Number(response.headers['inference-header-content-length']);
    const { outputs } = JSON.parse(answer.subarray(0, length).toString()) as InferBody;
    expect(outputs).toEqual([
      { name: 'class_name', datatype: 'BYTES', shape: [2], parameters: { binary_data_size: 28 } },
      { name: 'label', datatype: 'INT64', shape: [2], data: [9, 9] },
    ]);
    expect(answer.subarray(length + 4, length + 14).toString()).toBe('Ankle boot');
    expect(answer).toHaveLength(length + 28);
  });

  it('returns the top classes as text', async () => {
    const { app } = createTestApp();
    const outputs = [{ name: 'probabilities', parameters: { classification: 2 } }];
    const { body } = (await request(app).post(INFER).send(asked({}, { outputs })).expect(200)) as {
      body: InferBody;
    };
    expect(body.outputs[0]).toMatchObject({ datatype: 'BYTES', shape: [1, 2] });
    expect(body.outputs[0]?.data?.[0]).toBe('0.870000:9:Ankle boot');
  });

  it.each([
    [{ inputs: [] }, /^inputs: must be one input, named image/],
    [{}, /^inputs: must be a list/],
    [asked({ name: 'pictures' }), /^inputs\.0\.name: must be image \(got "pictures"\)/],
    [asked({ datatype: 'FP64' }), /^inputs\.0\.datatype: must be UINT8, FP32 or BYTES \(got "FP64"\)/],
    [asked({ shape: [1, 783] }), /^inputs\.0\.shape: must be \[n,28,28,1\] or /],
    [asked({ shape: [0, 784] }), /n at least 1/],
    [asked({ shape: [2, 784] }), /^inputs\.0\.data: must be 1568 numbers for this shape \(got 784 numbers\)/],
    [asked({ data: [...PIXELS.slice(1), 256] }), /UINT8 values are whole numbers.*\(got 256 at 783\)/],
    [asked({ datatype: 'FP32' }), /divide pixels by 255 \(got 2 at 2\)/],
    [asked({ data: undefined }), /must have either data or parameters\.binary_data_size/],
    [asked({ parameters: { binary_data_size: 784 } }), /and not both/],
    [asked({}, { outputs: [{ name: 'logits' }] }), /^outputs\.0\.name: must be one of probabilities/],
    [asked({}, { colour: 1 }), /^colour: is unknown/],
  ])('reports an invalid request (%#)', async (body, error) => {
    const { app } = createTestApp();
    const response = await request(app).post(INFER).send(body).expect(400);
    expect(response.body).toEqual({ error: expect.stringMatching(error) as string });
  });

  it.each([
    ['{', undefined, 400, /^the body is not valid JSON/],
    ['', undefined, 400, /^the body is not valid JSON/],
    ['{}', '3', 400, /^Inference-Header-Content-Length: /],
    ['{}', '-1', 400, /^Inference-Header-Content-Length: /],
    [`${' '.repeat(4 * 1024 * 1024)}{}`, undefined, 413, /at most 4194304 are allowed/],
  ])('refuses an invalid body (%#)', async (body, length, status, error) => {
    const { app } = createTestApp();
    const sent = request(app).post(INFER).type('application/json');
    if (length !== undefined) void sent.set('inference-header-content-length', length);
    const response = await sent.send(body).expect(status);
    expect(response.body).toEqual({ error: expect.stringMatching(error) as string });
  });

  it('writes every error in its own form: models, paths, methods, hosts, tokens and a full queue', async () => {
    const { app, services } = createTestApp({ token: 'secret-token' });
    const authorized = { authorization: 'Bearer secret-token' };
    const error = expect.any(String) as string;
    const expectError = async (sent: request.Test, status: number) =>
      expect((await sent.expect(status)).body).toEqual({ error });
    await expectError(request(app).get('/v2/models/other').set(authorized), 404);
    await expectError(request(app).get('/v2/models/fashion-mnist/versions/2').set(authorized), 404);
    await expectError(request(app).get('/v2/repository/index').set(authorized), 405);
    await expectError(request(app).get(INFER).set(authorized).expect('allow', 'POST'), 405);
    await expectError(
      request(app)
        .get('/v2')
        .set({ ...authorized, host: 'evil.example' }),
      403,
    );
    await expectError(request(app).get('/v2'), 401);
    await request(app).get('/v2/health/ready').expect(200);
    services.failNext = new StreamInferError('OVERLOADED', 'full', { cause: { retryAfterMs: 4_200 } });
    await expectError(request(app).post(INFER).set(authorized).send(asked()).expect('retry-after', '5'), 429);
    services.failNext = new Error('secret of the inside');
    const { body } = (await request(app).post(INFER).set(authorized).send(asked()).expect(500)) as Answer;
    expect(body).toEqual({
      error: 'internal error (a bug in stream-infer); its log entry has the request id',
    });
  });
});
