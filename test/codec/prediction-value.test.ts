import fc from 'fast-check';
import { decodePrediction } from '../../src/codec/decode-prediction';
import { leaveOut } from '../../src/codec/leave-out';
import { predictionValue } from '../../src/codec/prediction-value';
import { ALL_FIELDS, OPTIONAL_FIELDS } from '../../src/core/output-form';
import { createOutcome } from '../helpers/services';

const parse = (json: Buffer): unknown => JSON.parse(json.toString());

describe('fields that are left out', () => {
  it('are missing, and all others are unchanged, for any JSON', () => {
    const members = fc.dictionary(fc.constantFrom(...'abcdef'), fc.jsonValue({ maxDepth: 3 }));
    fc.assert(
      fc.property(members, fc.subarray([...'abcdef']), (record, names) => {
        const whole = { first: '1,"a":2', ...record };
        const json = Buffer.from(JSON.stringify(whole));
        const rest = Object.fromEntries(Object.entries(whole).filter(([name]) => !names.includes(name)));
        expect(leaveOut(json, new Set(names)).toString()).toBe(JSON.stringify(rest));
      }),
    );
  });

  it('end with a cut JSON, too', () => {
    const json = Buffer.from('{"first":1,"a":"x\\');
    for (let length = 0; length <= json.length; length++) {
      expect(leaveOut(json.subarray(0, length), new Set(['a'])).length).toBeLessThanOrEqual(length);
    }
  });

  it('cost no copy where all are published', () => {
    const outcome = createOutcome();
    expect(predictionValue('json', ALL_FIELDS)(outcome)).toBe(outcome.json);
  });

  it('can be all optional ones, and leave id, label and confidence', () => {
    const none = Object.fromEntries(OPTIONAL_FIELDS.map((name) => [name, false])) as typeof ALL_FIELDS;
    const value = predictionValue('json', none)(createOutcome());
    expect(Object.keys(parse(value) as object)).toEqual(['schemaVersion', 'id', 'label', 'confidence']);
  });

  it('may be scores and times for the readers of this program', () => {
    const value = predictionValue('json', { ...ALL_FIELDS, probabilities: false, timing: false })(
      createOutcome(),
    );
    const { timing, ...rest } = createOutcome().prediction;
    expect(timing.batchSize).toBeGreaterThan(0);
    expect(decodePrediction(value)).toMatchObject({
      value: { id: rest.id, model: rest.model, timing: { totalMs: 0, batchSize: 1 } },
    });
  });
});

describe('a prediction as a structured CloudEvent', () => {
  it('has the attributes of the binary mode, and the prediction as data', () => {
    const outcome = createOutcome();
    const value = predictionValue('cloudevents', ALL_FIELDS)(outcome);
    expect(parse(value)).toEqual({
      specversion: '1.0',
      type: 'stream-infer.prediction.v1',
      source: expect.stringMatching(/^\/stream-infer\//) as string,
      id: outcome.id,
      time: outcome.prediction.predictedAt,
      datacontenttype: 'application/json',
      data: outcome.prediction,
    });
    expect(decodePrediction(value)).toEqual({ value: outcome.prediction });
  });

  it('of another program is not taken for one', () => {
    const event = { specversion: '1.0', type: 'other', data: createOutcome().prediction };
    expect(decodePrediction(Buffer.from(JSON.stringify(event)))).toHaveProperty('problem');
  });
});
