import request from 'supertest';
import type { ModelDescription } from '../../src/core/model-description';
import { createTestApp } from '../helpers/http-app';
import { FASHION_MNIST_DESCRIPTION } from '../helpers/model-description';

const INFER = '/v2/models/fashion-mnist/infer';
const PREDICT = '/v1/models/fashion-mnist:predict';
const MEAN = [0.485, 0.456, 0.406];
const STD = [0.229, 0.224, 0.225];
/** 2 rows of 3 pixels, red first. */
const PIXELS = Array.from({ length: 18 }, (_, at) => at * 15);

/** A model of colour images of 2 × 3 pixels that is fed planes of normalized numbers. */
const PLANES: ModelDescription = {
  kind: 'onnx',
  shape: { height: 2, width: 3, channels: 3, resize: 'stretch', invert: 'never', labels: ['a', 'b', 'c'] },
  preprocessing: { scale: 1 / 255, offset: 0, mean: MEAN, std: STD, order: 'rgb' },
  layout: 'nchw',
  output: { activation: 'softmax', independent: false },
};
/** The same images as blue, green and red from -1 to 1. */
const BLUE_FIRST: ModelDescription = {
  ...PLANES,
  preprocessing: { scale: 1 / 127.5, offset: -1, mean: [0, 0, 0], std: [1, 1, 1], order: 'bgr' },
  layout: 'nhwc',
};

/** Bodies of supertest are `any`. */
interface Answer {
  readonly body: unknown;
}

function start(description: ModelDescription) {
  const { app, services } = createTestApp();
  services.modelDescription = () => description;
  const sent = () => services.classified.map(({ bytes }) => [...bytes]);
  return { app, services, sent };
}

function planes(): number[] {
  const channel = (c: number) =>
    Array.from({ length: 6 }, (_, i) => ((PIXELS[i * 3 + c] as number) / 255 - MEAN[c]!) / STD[c]!);
  return [0, 1, 2].flatMap(channel).map(Math.fround);
}

function tensor(fields: object): object {
  return { inputs: [{ name: 'image', ...fields }] };
}

describe('the inference protocols with a model of colour images', () => {
  it('show its own shapes and classes', async () => {
    const { app } = start(PLANES);
    const { body } = (await request(app).get('/v2/models/fashion-mnist').expect(200)) as Answer;
    expect(body).toMatchObject({
      inputs: [{ name: 'image', datatype: 'UINT8', shape: [-1, 2, 3, 3] }],
      outputs: [{ shape: [-1, 3] }, {}, {}],
      parameters: { layout: 'nchw', fp32_shape: '-1,3,2,3' },
    });
    const metadata = await request(app).get('/v1/models/fashion-mnist/metadata').expect(200);
    expect(JSON.stringify(metadata.body)).toContain(
      '[{"size":"-1","name":""},{"size":"3","name":""},{"size":"2"',
    );
  });

  it.each([
    ['pixels', 'UINT8', [1, 2, 3, 3], PIXELS],
    ['flat pixels', 'UINT8', [1, 18], PIXELS],
    ['planes of what it is fed', 'FP32', [1, 3, 2, 3], planes()],
  ])('take %s', async (_name, datatype, shape, data) => {
    const { app, sent } = start(PLANES);
    await request(app).post(INFER).send(tensor({ datatype, shape, data })).expect(200);
    expect(sent()).toEqual([PIXELS]);
  });

  it('take blue first where the network does', async () => {
    const { app, sent } = start(BLUE_FIRST);
    const data = Array.from({ length: 6 }, (_, i) => PIXELS.slice(i * 3, i * 3 + 3).reverse())
      .flat()
      .map((pixel) => pixel / 127.5 - 1);
    await request(app)
      .post(INFER)
      .send(tensor({ datatype: 'FP32', shape: [1, 2, 3, 3], data }))
      .expect(200);
    const rows = [data.slice(0, 9), data.slice(9)].map((row) => [0, 3, 6].map((at) => row.slice(at, at + 3)));
    await request(app)
      .post(PREDICT)
      .send({ instances: [rows] })
      .expect(200);
    expect(sent()).toEqual([PIXELS, PIXELS]);
  });

  it('hand over the numbers of a network of floats unchanged', async () => {
    const { app, services, sent } = start({ ...PLANES, takesNumbers: true });
    const data = planes().map((value) => Math.fround(value + 0.001));
    const nested = [0, 6, 12].map((from) => [data.slice(from, from + 3), data.slice(from + 3, from + 6)]);
    const { body } = (await request(app)
      .post(INFER)
      .send(tensor({ datatype: 'FP32', shape: [2, 3, 2, 3], data: [nested, nested] }))
      .expect(200)) as Answer;
    expect(body).toMatchObject({ outputs: [{ shape: [2, 3] }, { data: [9, 9] }] });
    expect(services.numbers).toEqual([[...data, ...data]]);
    const instances = [nested, { b64: 'eA==' }, { b64: 'eA==' }, nested];
    const answer = (await request(app).post(PREDICT).send({ instances }).expect(200)) as Answer;
    expect(answer.body).toMatchObject({ predictions: [{}, {}, {}, {}] });
    expect(sent()).toHaveLength(2);
    expect(services.numbers.slice(1)).toEqual([data, data]);
  });

  it.each([
    ['pixels for fractions', Array(18).fill(200), /from -2\.1179 to 2\.24891 here \(got 200 at 0\)/],
    ['texts', [...Array<number>(17).fill(0), 'x'], /got "x" at 17/],
  ])('refuse %s as numbers', async (_name, data, error) => {
    const { app } = start({ ...PLANES, takesNumbers: true });
    const asked = tensor({ datatype: 'FP32', shape: [1, 18], data });
    const { body } = (await request(app).post(INFER).send(asked).expect(400)) as Answer;
    expect(body).toEqual({ error: expect.stringMatching(error) as string });
  });

  it('refuse numbers whose scores are not numbers', async () => {
    const { app, services } = start({ ...PLANES, takesNumbers: true });
    const classifyNumbers = services.classifyNumbers.bind(services);
    services.classifyNumbers = async (...asked) =>
      (await classifyNumbers(...asked)).map((one, i) => (i === 1 ? { ...one, scores: [NaN, 0, 1] } : one));
    const asked = tensor({ datatype: 'FP32', shape: [2, 18], data: Array(36).fill(0) });
    const { body } = (await request(app).post(INFER).send(asked).expect(400)) as Answer;
    expect(body).toEqual({ error: expect.stringMatching(/^image 1: .*scores/) as string });
  });

  it('take files as BYTES, in JSON and in binary', async () => {
    const { app, services } = start(PLANES);
    const base64 = Buffer.from('a file').toString('base64');
    await request(app)
      .post(INFER)
      .send(tensor({ datatype: 'BYTES', shape: [2], data: [base64, base64] }))
      .expect(200);
    expect(services.classified.map(({ bytes }) => bytes.toString())).toEqual(
      Array(2).fill(JSON.stringify({ image: base64 })),
    );
    services.classified.length = 0;
    const files = ['one', 'another'].flatMap((text) => [
      Buffer.from([text.length, 0, 0, 0]),
      Buffer.from(text),
    ]);
    const binary = Buffer.concat(files);
    const parameters = { binary_data_size: binary.length };
    const json = Buffer.from(JSON.stringify(tensor({ datatype: 'BYTES', shape: [2, 1], parameters })));
    const post = (bytes: Buffer) =>
      request(app)
        .post(INFER)
        .set('inference-header-content-length', String(json.length))
        .send(Buffer.concat([json, bytes]));
    await post(binary).expect(200);
    expect(services.classified.map(({ bytes }) => bytes.toString())).toEqual(['one', 'another']);
    const cut = Buffer.from(binary);
    cut.writeUInt32LE(8, 7);
    const { body } = (await post(cut).expect(400)) as Answer;
    expect(body).toEqual({
      error: expect.stringMatching(/must be 2 elements for this shape.*\(got only 1 complete\)/) as string,
    });
  });

  it.each([
    [
      { datatype: 'UINT8', shape: [1, 784], data: [] },
      /must be \[n,2,3,3\] or \[n,18\].*for UINT8 \(got \[1,784\]\)/,
    ],
    [{ datatype: 'FP32', shape: [1, 2, 3, 3], data: [] }, /must be \[n,3,2,3\] or \[n,18\].*for FP32/],
    [
      { datatype: 'FP32', shape: [1, 18], data: Array(18).fill(9) },
      /from -2\.1179 to 2\.24891 here \(got 9 at 0\)/,
    ],
    [{ datatype: 'BYTES', shape: [1, 18], data: [] }, /must be \[n\] or \[n,1\]/],
    [{ datatype: 'BYTES', shape: [1], data: [7] }, /base64 texts of files \(got 7 at 0\)/],
    [{ datatype: 'BYTES', shape: [2], data: ['eA=='] }, /must be 2 texts for this shape \(got 1 texts\)/],
  ])('say what is expected (%#)', async (fields, error) => {
    const { app } = start(PLANES);
    const { body } = (await request(app).post(INFER).send(tensor(fields)).expect(400)) as Answer;
    expect(body).toEqual({ error: expect.stringMatching(error) as string });
  });

  it('cut many images into parts and bound what is answered', async () => {
    const { app, services, sent } = start(PLANES);
    const sizes: number[] = [];
    const classifyAll = services.classifyAll.bind(services);
    services.classifyAll = async (images, first) => {
      sizes.push(images.length);
      return await classifyAll(images, first);
    };
    const n = 300;
    const data = Array.from({ length: n * 18 }, (_, at) => at % 251);
    const { body } = (await request(app)
      .post(INFER)
      .send(tensor({ datatype: 'UINT8', shape: [n, 18], data }))
      .expect(200)) as Answer;
    expect(body).toMatchObject({ outputs: [{}, { shape: [n] }] });
    expect(sizes).toEqual([128, 128, 44]);
    expect(sent().flat()).toEqual(data);
    const refused = await request(app)
      .post(INFER)
      .send(tensor({ datatype: 'UINT8', shape: [70_000, 18], data: [] }))
      .expect(413);
    expect(JSON.stringify(refused.body)).toContain('at most 65536 are allowed for 3 classes');
  });

  it('take one large image as JSON', async () => {
    const shape = { ...PLANES.shape, height: 400, width: 400 };
    const { app, sent } = start({ ...FASHION_MNIST_DESCRIPTION, shape });
    const data = Array.from({ length: 400 }, () => Array.from({ length: 400 }, () => [1, 2, 3]));
    await request(app)
      .post(INFER)
      .send(tensor({ datatype: 'UINT8', shape: [1, 400, 400, 3], data: [data] }))
      .expect(200);
    expect(sent()[0]).toHaveLength(480_000);
  });
});

describe('queries with a model of other classes', () => {
  it('read its class names and say which there are', async () => {
    const { app } = start(PLANES);
    await request(app).get('/api/v1/predictions?label=B').expect(200);
    const { body } = (await request(app).get('/api/v1/predictions?label=Bag').expect(400)) as Answer;
    expect(JSON.stringify(body)).toContain('must be 0 to 2 or one of a, b, c');
  });
});

describe('the images of the dataset', () => {
  it.each([
    ['/api/v1/publish', { split: 'test', start: 0, end: 10 }],
    ['/memory/push-to-consumer', { start_idx: 0, end_idx: 10, wait: true }],
  ])('are not published into such a model by %s', async (path, body) => {
    const { app } = start(PLANES);
    const answer = (await request(app).post(path).send(body).expect(400)) as Answer;
    expect(answer.body).toMatchObject({
      code: 'BAD_REQUEST',
      detail: expect.stringContaining('publish --images') as string,
    });
  });
});
