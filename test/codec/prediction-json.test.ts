import { predictionHeaders } from '../../src/codec/prediction-headers';
import { encodePrediction } from '../../src/codec/prediction-json';
import type { Delivery } from '../../src/core/message';
import { toOutcomes } from '../../src/pipeline/outcomes';
import { packDeliveries } from '../../src/pipeline/packing';
import { CLASS_NAMES } from '../../src/core/labels';
import { predictionId } from '../../src/core/prediction-id';
import type { Decoded } from '../../src/core/classification';
import type { ModelIdentity, PredictionOutcome } from '../../src/core/prediction';
import { makeDelivery } from '../helpers/deliveries';
import { answerOf } from '../helpers/predictions';
import { mistakesIn } from '../helpers/schemas';

const model: ModelIdentity = {
  name: 'fashion-mnist',
  version: 1,
  sha256: 'a'.repeat(64),
  runtime: 'onnx',
  precision: 'fp32',
};
const headersOf = predictionHeaders('json', 'kafka');

function predict(delivery: Delivery, decoded?: Decoded): PredictionOutcome {
  const probabilities = Float32Array.from([0, 0, 0, 0, 0, 0, 0, 0.0019996, 0, 0.9980004]);
  const item = { delivery, bytes: delivery.value as Buffer, format: 'raw' as const };
  const packed = packDeliveries([item], CLASS_NAMES);
  const found = { decoded: new Map(decoded ? [[0, decoded]] : []), inferenceMs: 1.234, model };
  const [outcome] = toOutcomes([delivery], packed, answerOf(packed, probabilities, found), model);
  if (outcome?.kind !== 'prediction') throw new Error('a prediction was expected');
  return outcome;
}

describe('a prediction', () => {
  it.each([
    ['a plain image', makeDelivery(41)],
    [
      'one with a known class and a key',
      makeDelivery(41, { headers: [['label', '9']], key: Buffer.from('k') }),
    ],
    ['a timestamp that is not a date', makeDelivery(41, { timestamp: Number.MAX_VALUE })],
    [
      'Pub/Sub',
      makeDelivery(1, {
        origin: { broker: 'pubsub', topic: 't', partition: null, offset: null },
        sourceId: '77',
      }),
    ],
  ])('of %s follows the published schema', (_name, delivery) => {
    const { value } = encodePrediction(predict(delivery), headersOf);
    expect(mistakesIn('prediction', JSON.parse(String(value)))).toBeUndefined();
  });

  it('does not follow the schema with a field more or less', () => {
    const prediction = JSON.parse(
      String(encodePrediction(predict(makeDelivery(1)), headersOf).value),
    ) as object;
    expect(mistakesIn('prediction', { ...prediction, more: 1 })).toBeDefined();
    expect(mistakesIn('prediction', { ...prediction, label: undefined })).toBeDefined();
  });

  it('has the most probable class, rounded probabilities, and whether it is correct', () => {
    const { prediction } = predict(makeDelivery(3, { headers: [['label', '7']] }));
    expect(prediction).toMatchObject({
      label: 9,
      className: 'Ankle boot',
      confidence: 0.998,
      truth: 7,
      correct: false,
    });
    expect(prediction.probabilities?.[7]).toBe(0.002);
    expect(predict(makeDelivery(3)).prediction).not.toHaveProperty('truth');
  });

  it('takes its id from the header, from CloudEvents, from the envelope, else from the source', () => {
    const withId = makeDelivery(3, { headers: [['id', 'mine']] });
    expect(predictionId(withId, 'envelope')).toBe('mine');
    expect(predictionId(makeDelivery(3, { headers: [['ce_id', 'event']] }), 'envelope')).toBe('event');
    expect(predictionId(makeDelivery(3), 'envelope')).toBe('envelope');
    expect(predictionId(makeDelivery(3))).toBe('images/0/3');
  });

  it("is keyed by the input's key, else by its id", () => {
    expect(encodePrediction(predict(makeDelivery(3)), headersOf).key).toBe('images/0/3');
    expect(String(encodePrediction(predict(makeDelivery(3, { key: Buffer.from('k') })), headersOf).key)).toBe(
      'k',
    );
  });
});
