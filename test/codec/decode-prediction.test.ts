import { decodePrediction } from '../../src/codec/decode-prediction';
import { mistakesIn } from '../helpers/schemas';
import { createOutcome } from '../helpers/services';

const { prediction } = createOutcome({ label: 8, truth: 8 });
const decode = (fields: object) =>
  decodePrediction(Buffer.from(JSON.stringify({ ...prediction, ...fields })));

describe('decoding a prediction', () => {
  it('accepts what this program publishes', () => {
    expect(decode({})).toEqual({ value: prediction });
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
    expect(decode(fields)).toEqual({ problem: expect.stringMatching(problem) as string });
  });

  it.each([null, '', 'Bag', '[]', 'null'])('rejects %j', (value) => {
    expect(decodePrediction(value === null ? null : Buffer.from(value))).toHaveProperty('problem');
  });
});

it("accepts other classes than Fashion-MNIST's", () => {
  const fields = { label: 11, className: 'Hat', probabilities: Array<number>(12).fill(0), truth: 11 };
  expect(decode(fields)).toHaveProperty('value');
});

it('accepts version 2', () => {
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
  expect(decodePrediction(value)).toEqual({ value: fields });
  expect(mistakesIn('prediction', fields, 2)).toBeUndefined();
  expect(mistakesIn('prediction', { ...fields, top: undefined }, 2)).toBeDefined();
});
