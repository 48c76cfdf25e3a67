import { decodePrediction, type AcceptedModel } from '../../src/codec/decode-prediction';
import { createOutcome } from '../helpers/services';

const { prediction } = createOutcome({ label: 8, truth: 8 });
const decode = (fields: object, accepted: AcceptedModel) =>
  decodePrediction(Buffer.from(JSON.stringify({ ...prediction, ...fields })), accepted);

describe.each(['fashion-mnist', 'any'] as const)('decoding a prediction of model %s', (accepted) => {
  it('accepts what this program publishes', () => {
    expect(decode({}, accepted)).toEqual({ value: prediction });
  });

  it.each([
    ['a label of text', { label: 'Bag' }, /^label: /],
    ['a label of digits', { label: '8' }, /^label: /],
    ['no label', { label: null }, /^label: /],
    ['a fractional label', { label: 0.5 }, /^label: /],
    ['a truth of text', { truth: 'Bag' }, /^truth: /],
    ['a confidence above 1', { confidence: 1.5 }, /^confidence: /],
    ['another schema version', { schemaVersion: 2 }, /^schemaVersion: /],
  ])('rejects %s', (_name, fields, problem) => {
    expect(decode(fields, accepted)).toEqual({ problem: expect.stringMatching(problem) as string });
  });

  it.each([null, '', 'Bag', '[]', 'null'])('rejects %j', (value) => {
    expect(decodePrediction(value === null ? null : Buffer.from(value), accepted)).toHaveProperty('problem');
  });
});

it('accepts other classes only of any model', () => {
  const fields = { label: 11, className: 'Hat', probabilities: Array<number>(12).fill(0), truth: 11 };
  expect(decode(fields, 'any')).toHaveProperty('value');
  expect(decode(fields, 'fashion-mnist')).toHaveProperty('problem');
});
