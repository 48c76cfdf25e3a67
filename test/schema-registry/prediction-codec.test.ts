import { ALL_FIELDS, SCHEMA_FORMATS } from '../../src/core/output-form';
import { createPredictionCodec, predictionSchemaOf } from '../../src/schema-registry/prediction-codec';

const PREDICTION = {
  schemaVersion: 1,
  id: 'images/2/1041 – ß',
  label: 0,
  className: 'T-shirt/top',
  confidence: 0.998,
  probabilities: [0.998, 0, 0, 0, 0, 0, 0, 0, 0.002, 0],
  truth: 0,
  correct: true,
  model: { name: 'm', version: 1, sha256: 'ab', runtime: 'onnx', precision: 'fp32' },
  source: {
    broker: 'pubsub',
    topic: 'images',
    partition: null,
    offset: null,
    key: null,
    timestamp: '2026-01-01T00:00:00.000Z',
  },
  timing: { queueMs: 0.8, inferenceMs: 1.9, totalMs: 3.1, batchSize: 32 },
  predictedAt: '2026-01-01T00:00:01.000Z',
};
const { probabilities: _, truth: _truth, correct: _correct, ...COMMON } = PREDICTION;
const RANKED = { label: 70_000, className: 'cat', confidence: 0.5 };
const FOUND = {
  ...{
    ...COMMON,
    schemaVersion: 2,
    independent: true,
    source: { ...COMMON.source, partition: 0, offset: '0', key: '' },
  },
  objects: [{ ...RANKED, box: [0, 1.5, 3, 4] }],
  frame: { width: 640, height: 480, view: [-1, 0, 640, 480] },
};

describe.each(SCHEMA_FORMATS)('predictions as %s', (format) => {
  it.each([
    ['of few classes', PREDICTION],
    ['of the best classes', { ...COMMON, schemaVersion: 2, top: [RANKED] }],
    ['of objects', FOUND],
    ['without objects', { ...FOUND, objects: [] }],
    ['of few fields', { schemaVersion: 1, id: 'a', label: 9, confidence: 1, correct: false }],
  ])('%s are read as they were written', async (_name, prediction) => {
    const codec = await createPredictionCodec(format);
    const bytes = codec.encode(Buffer.from(JSON.stringify(prediction)));
    expect(JSON.parse(codec.decode(bytes).toString('utf8'))).toEqual(prediction);
  });

  it('are refused where the bytes are something else', async () => {
    if (format === 'json') return;
    const codec = await createPredictionCodec(format);
    expect(() => codec.decode(Buffer.from('{"id":1}'))).toThrow();
  });

  it('have a schema for each version', () => {
    for (const version of [1, 2] as const)
      expect(predictionSchemaOf(format, version, ALL_FIELDS)).toMatchObject({ format: format.toUpperCase() });
  });
});

describe('the JSON Schema of predictions', () => {
  it('does not require fields that are not published', () => {
    const { text } = predictionSchemaOf('json', 2, { ...ALL_FIELDS, probabilities: false, model: false });
    const schema = JSON.parse(text) as { required: string[]; oneOf?: unknown };
    expect(schema.required).toEqual(expect.not.arrayContaining(['probabilities', 'model']) as unknown);
    expect(schema.required).toContain('timing');
    expect(schema.oneOf).toBeUndefined();
  });
});
