import { concludeBatch } from '../../src/core/conclude';
import type { BatchResult } from '../../src/core/ports';
import { makeDelivery } from '../helpers/deliveries';
import { MODEL } from '../helpers/services';

const times = { startedAt: 1, endedAt: 2, now: Date.now() };
const rejection = { code: 'CORRUPT', message: 'no', stage: 'decode', attempts: 1 } as const;

function conclude(result: Partial<BatchResult>) {
  const whole = {
    probabilities: Float32Array.from({ length: 20 }, (_, i) => (i === 3 ? 1 : 0)),
    failures: new Map([[1, rejection]]),
    decoded: new Map(),
    inferenceMs: 1,
    ...result,
  };
  return concludeBatch([makeDelivery(0), makeDelivery(1)], whole, { model: MODEL }, times);
}

describe('the outcomes of a batch', () => {
  it('name the model that made them, which may not be the one that serves by now', () => {
    const model = { ...MODEL, version: 7 };
    const [prediction, letter] = conclude({ model });
    expect(prediction).toMatchObject({ kind: 'prediction', prediction: { label: 3, model: { version: 7 } } });
    expect(letter).toMatchObject({ kind: 'dead letter', rejection, model: { version: 7 } });
  });

  it('name the model of the classifier where a result says nothing', () => {
    expect(conclude({})).toMatchObject([{ prediction: { model: MODEL } }, { model: MODEL }]);
  });
});
