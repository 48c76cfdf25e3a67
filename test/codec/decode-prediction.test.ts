import { decodePrediction, type AcceptedModel } from '../../src/codec/decode-prediction';
import { mistakesIn } from '../helpers/schemas';
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
    ['another schema version', { schemaVersion: 3 }, /^schemaVersion: /],
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

it('accepts version 2 only of any model', () => {
  const top = [{ label: 11, className: 'Hat', confidence: 0.9 }];
  const { probabilities: _all, ...rest } = {
    ...prediction,
    schemaVersion: 2,
    label: 11,
    className: 'Hat',
    top,
  };
  const fields = { ...rest, independent: true, truth: 11 };
  const value = Buffer.from(JSON.stringify(fields));
  expect(decodePrediction(value, 'any')).toEqual({ value: fields });
  expect(decodePrediction(value, 'fashion-mnist')).toHaveProperty('problem');
  expect(mistakesIn('prediction', fields, 2)).toBeUndefined();
  expect(mistakesIn('prediction', { ...fields, top: undefined }, 2)).toBeDefined();
});
