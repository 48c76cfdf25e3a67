import type { BatchPrediction } from '../../src/core/batch-prediction';
import { CLASS_NAMES } from '../../src/core/labels';
import { readOutcome, toOutcomes } from '../../src/pipeline/outcomes';
import { packDeliveries } from '../../src/pipeline/packing';
import type { BatchResult } from '../../src/core/classification';
import type { Outcome } from '../../src/core/prediction';
import { makeDelivery } from '../helpers/deliveries';
import { answerOf } from '../helpers/predictions';
import { MODEL } from '../helpers/services';

const rejection = { code: 'CORRUPT', message: 'no', stage: 'decode', attempts: 1 } as const;

/** A result for three images of class 3, 1 and 3, with the given overrides. */
function outcomesOf(
  answer: Partial<BatchResult> = {},
  deliveries = [0, 1, 2].map((at) => makeDelivery(at, { headers: [['label', '3']] })),
): Outcome[] {
  const items = deliveries.map((delivery) => ({ delivery, bytes: delivery.value!, format: 'raw' as const }));
  const packed = packDeliveries(items, CLASS_NAMES);
  const probabilities = new Float32Array(30);
  for (const [i, label] of [3, 1, 3].entries()) probabilities[10 * i + label] = 1;
  return toOutcomes(deliveries, packed, answerOf(packed, probabilities, answer), MODEL);
}

describe('the outcomes of a batch', () => {
  it('name the model that made them, which may not be the one that serves by now', () => {
    const model = { ...MODEL, version: 7 };
    const [prediction, letter] = outcomesOf({ model, failures: new Map([[1, rejection]]) });
    expect(prediction).toMatchObject({ kind: 'prediction', label: 3, model, prediction: { model } });
    expect(letter).toMatchObject({ kind: 'dead letter', rejection, model });
  });

  it('are read from the columns, and say the same as their JSON', () => {
    for (const outcome of outcomesOf()) {
      if (outcome.kind !== 'prediction') throw new Error('a prediction was expected');
      const { id, label, confidence, truth, prediction } = outcome;
      expect({ id, label, confidence, truth }).toEqual({
        id: prediction.id,
        label: prediction.label,
        confidence: prediction.confidence,
        truth: prediction.truth,
      });
      expect(outcome.batchSize).toBe(prediction.timing.batchSize);
      expect(JSON.parse(outcome.json.toString())).toEqual(prediction);
    }
  });

  it.each(['plain', 'with "quotes" and \\', 'Größe', '\u0000', '😀'])('have the id %j', (id) => {
    const [outcome] = outcomesOf(
      {},
      [0, 1, 2].map((at) => makeDelivery(at, { headers: [['id', id]] })),
    );
    expect(outcome).toMatchObject({ id });
  });

  it('have the sums of the batch on its first prediction alone', () => {
    const pixelSums = { images: 1, of: 3, brightness: 2, contrast: 3 };
    const outcomes = outcomesOf({ pixelSums, failures: new Map([[0, rejection]]) });
    expect(outcomes.map((outcome) => outcome.kind === 'prediction' && outcome.pixelSums)).toEqual([
      false,
      pixelSums,
      undefined,
    ]);
  });

  it('have the image that was decoded, or the message itself', () => {
    const pixels = new Uint8Array(784).fill(5);
    const [first, second] = outcomesOf({ decoded: new Map([[1, { pixels }]]) }) as BatchPrediction[];
    expect(first!.pixels).toBe(first!.delivery.value);
    expect(second!.pixels).toBe(pixels);
  });

  it('are all dead letters where a batch has no prediction', () => {
    const failures = new Map([0, 1, 2].map((at) => [at, rejection] as const));
    const deliveries = [0, 1, 2].map((at) => makeDelivery(at));
    const result = { probabilities: new Float32Array(30), failures, decoded: new Map(), inferenceMs: 0 };
    const packed = packDeliveries([], CLASS_NAMES);
    expect(toOutcomes(deliveries, packed, result, MODEL).map(({ kind }) => kind)).toEqual(
      Array.from({ length: 3 }, () => 'dead letter'),
    );
  });

  it('accept only numbers as times of a published prediction', () => {
    const [outcome] = outcomesOf() as BatchPrediction[];
    const timing = { kind: 'dead letter', label: 99, queueMs: 'soon', totalMs: 3 } as never;
    const prediction = { ...outcome!.prediction, timing };
    expect(readOutcome(outcome!.delivery, prediction, outcome!.json)).toMatchObject({
      kind: 'prediction',
      label: 3,
      queueMs: 0,
      inferenceMs: 0,
      totalMs: 3,
      batchSize: 1,
    });
  });

  it('cannot be made where predictions are missing', () => {
    expect(() => outcomesOf({ predictions: undefined })).toThrow('without its predictions');
  });
});
