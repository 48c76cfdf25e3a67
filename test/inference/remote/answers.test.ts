import { CustomClient } from '../../../src/inference/remote/custom';
import { OpenInferenceClient } from '../../../src/inference/remote/open-inference';
import { resolveModel } from '../../../src/inference/remote/resolve';
import type { RemoteSettings } from '../../../src/inference/remote/settings';

const SETTINGS: RemoteSettings = {
  url: 'http://models.example',
  protocol: 'open-inference',
  name: 'pets',
  headers: {},
  labels: ['cat', 'dog', 'fish'],
  input: { width: 4, height: 4, scale: 1 / 255, offset: 0 },
  output: { activation: 'none' },
  timeoutMs: 1_000,
  concurrency: 1,
  maxBatch: 32,
};
const DATA = [0.7, 0.2, 0.1, 0.1, 0.2, 0.7];
const jsonOf = (value: object) => Buffer.from(JSON.stringify(value));

describe('an answer of the Open Inference Protocol', () => {
  const scores = (output: object, settings: Partial<RemoteSettings> = {}) => {
    const all = { ...SETTINGS, ...settings };
    const answer = jsonOf({ outputs: [{ name: 'scores', data: DATA, ...output }] });
    return [...new OpenInferenceClient(all, resolveModel(all, null)).scoresIn(answer, 2)];
  };

  it.each([
    {},
    { datatype: 'FP32', shape: [2, 3] },
    { datatype: 'FP16', shape: [2, 1, 1, 3] },
    { datatype: 'BF16' },
  ])('has the scores of each image: %j', (output) => {
    expect(scores(output)).toEqual(DATA.map((score) => expect.closeTo(score) as number));
  });

  it.each([[[2]], [[2, 1]]])('has one score for two classes: %j', (shape) => {
    expect(scores({ data: [0.7, 0.2], shape }, { labels: ['no', 'yes'] })).toHaveLength(4);
  });

  it.each([
    [{ shape: [3, 2] }, 'the output has the shape [3, 2]; expected [2, 3]'],
    [{ shape: [6] }, 'the output has the shape [6]; expected [2, 3]'],
    [{ shape: [4, 3] }, 'the output has the shape [4, 3]; expected [2, 3]'],
    [{ datatype: 'BYTES', shape: [2, 3] }, 'the output is BYTES, not numbers such as FP32'],
  ])('is refused with another shape or type: %j', (output, message) => {
    expect(() => scores(output)).toThrow(message);
  });
});

describe('an answer of the custom protocol', () => {
  const settings = { ...SETTINGS, protocol: 'custom' } as const;
  const client = new CustomClient(settings, resolveModel(settings, null));
  const scores = (answer: object) => [...client.scoresIn(jsonOf(answer))];

  it.each([
    [{ label: 1, confidence: 0.5 }, [0, 0.5, 0]],
    [{ label: null, className: 'dog', confidence: 0.5 }, [0, 0.5, 0]],
    [{ label: 1, className: 'dog', confidence: 0.5 }, [0, 0.5, 0]],
    [{ probabilities: { fish: 0.5, cat: 0.25 } }, [0.25, 0, 0.5]],
  ])('has a class or probabilities: %j', (answer, expected) => {
    expect(scores(answer)).toEqual(expected);
  });

  it.each([
    [{ confidence: 0.5 }, 'the answer has no label, className or probabilities'],
    [{ className: 'ant', confidence: 0.5 }, 'the answer has the class "ant", which is not in model.labels'],
    [{ label: 7, confidence: 0.5 }, 'the answer has the class 7, which is not in model.labels'],
    [{ label: {}, confidence: 0.5 }, 'the answer has the class of an object, which is not in model.labels'],
    [{ probabilities: { cat: 0.5, ant: 0.5 } }, 'the class "ant", which is not in model.labels'],
    [{ label: 0, className: 'dog', confidence: 1 }, 'has label 0 and className "dog", which differ'],
  ])('is refused: %j', (answer, message) => {
    expect(() => scores(answer)).toThrow(message);
  });
});
