import request from 'supertest';
import { createTestApp } from '../helpers/http-app';

const MODEL = '/v1/models/fashion-mnist';
const GREYS = Array.from({ length: 784 }, (_, at) => at % 256);
const FLAT = GREYS.map((grey) => grey / 255);
const ROWS = Array.from({ length: 28 }, (_, y) => FLAT.slice(y * 28, y * 28 + 28));
const DEEP = ROWS.map((row) => row.map((value) => [value]));

/** Bodies of supertest are `any`. */
interface Answer {
  readonly body: unknown;
}

describe('the REST API of TensorFlow Serving', () => {
  it('returns the state of the model, also by version', async () => {
    const { app, services } = createTestApp();
    const state = async (path: string) => (await request(app).get(path).expect(200)).body as unknown;
    const available = {
      model_version_status: [
        { version: '1', state: 'AVAILABLE', status: { error_code: 'OK', error_message: '' } },
      ],
    };
    expect(await state(MODEL)).toEqual(available);
    expect(await state(`${MODEL}/versions/1`)).toEqual(available);
    services.canClassify = () => false;
    expect(await state(MODEL)).toMatchObject({ model_version_status: [{ state: 'LOADING' }] });
    services.model = () => null;
    await request(app).get(MODEL).expect(503);
  });

  it('returns the signature', async () => {
    const { body } = (await request(createTestApp().app).get(`${MODEL}/metadata`).expect(200)) as Answer;
    expect(body).toMatchObject({
      model_spec: { name: 'fashion-mnist', version: '1' },
      metadata: {
        signature_def: {
          signature_def: {
            serving_default: {
              inputs: { image: { dtype: 'DT_FLOAT' } },
              outputs: { probabilities: { dtype: 'DT_FLOAT' } },
              method_name: 'tensorflow/serving/predict',
            },
          },
        },
      },
    });
  });

  it.each([
    ['flat', FLAT],
    ['in rows', ROWS],
    ['with a channel', DEEP],
    ['by name', { image: DEEP }],
  ])('accepts numbers %s in row format', async (_name, instance) => {
    const { app, services } = createTestApp();
    const { body } = (await request(app)
      .post(`${MODEL}:predict`)
      .send({ signature_name: 'serving_default', instances: [instance, instance] })
      .expect(200)) as { body: { predictions: number[][] } };
    expect(body.predictions.map((row) => row.indexOf(Math.max(...row)))).toEqual([9, 9]);
    expect(services.classified.map(({ bytes }) => [...bytes])).toEqual([GREYS, GREYS]);
  });

  it.each([{ inputs: [FLAT, DEEP] }, { inputs: { image: [ROWS, ROWS] } }])(
    'accepts the columnar format (%#)',
    async (sent) => {
      const { app } = createTestApp();
      const { body } = (await request(app).post(`${MODEL}/versions/1:predict`).send(sent).expect(200)) as {
        body: { outputs: number[][] };
      };
      expect(body.outputs).toHaveLength(2);
      expect(body).not.toHaveProperty('predictions');
    },
  );

  it('passes base64 files to the workers for any content type', async () => {
    const { app, services } = createTestApp();
    const b64 = Buffer.from('a file').toString('base64');
    await request(app)
      .post(`${MODEL}:predict`)
      .type('application/x-www-form-urlencoded')
      .send(JSON.stringify({ instances: [{ b64 }, { image: { b64 } }] }))
      .expect(200);
    expect(services.classified.map(({ bytes, options }) => [bytes.toString(), options])).toEqual(
      Array(2).fill([JSON.stringify({ image: b64 }), { contentType: 'application/json' }]),
    );
  });

  it.each([
    [{}, /^body: must have either instances or inputs/],
    [[], /^body: must be an object with instances or inputs/],
    [{ instances: [FLAT], inputs: [FLAT] }, /^body: must have either/],
    [{ instances: 7 }, /^instances: must be a list of images \(got 7\)/],
    [{ instances: [] }, /^instances: must be a list of at least one image \(got 0 images\)/],
    [{ inputs: { pictures: [FLAT] } }, /^inputs: must be a list of at least one image/],
    [{ instances: [FLAT.slice(1)] }, /^instances\.0: must be \[28,28,1\] or .* \(got a list of 783\)/],
    [{ instances: [FLAT, null] }, /^instances\.1: must be /],
    [{ instances: [GREYS] }, /^instances\.0: .*divide pixels by 255 \(got 2 at 2\)/],
    [{ instances: [FLAT.map(String)] }, /^instances\.0: .*\(got "0" at 0\)/],
    [{ instances: [FLAT], signature_name: 'x' }, /^signature_name: must be serving_default \(got "x"\)/],
    [{ instances: [FLAT], colour: 'red' }, /^colour: is unknown \(got "red"\)/],
  ])('reports an invalid request (%#)', async (sent, error) => {
    const { body } = (await request(createTestApp().app)
      .post(`${MODEL}:predict`)
      .send(sent)
      .expect(400)) as Answer;
    expect(body).toEqual({ error: expect.stringMatching(error) as string });
  });

  it('refuses other models, versions, methods and verbs', async () => {
    const { app } = createTestApp();
    const error = expect.any(String) as string;
    for (const path of ['/v1/models/other', `${MODEL}/versions/2`, `${MODEL}/versions/x/metadata`, '/v1/x'])
      expect((await request(app).get(path).expect(404)).body).toEqual({ error });
    await request(app)
      .post(`${MODEL}/versions/2:predict`)
      .send({ instances: [FLAT] })
      .expect(404);
    await request(app).get(`${MODEL}:predict`).expect(405).expect('allow', 'POST');
    await request(app).post(MODEL).expect(405).expect('allow', 'GET, HEAD');
  });
});
