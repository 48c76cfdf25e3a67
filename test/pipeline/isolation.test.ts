import { StreamInferError } from '../../src/core/errors';
import { isolateFailures } from '../../src/pipeline/isolation';
import type { BatchResult, Classifier, PackedBatch } from '../../src/core/classification';
import type { ModelIdentity } from '../../src/core/prediction';
import { CLASS_NAMES } from '../../src/core/labels';
import { toOutcomes } from '../../src/pipeline/outcomes';
import { packDeliveries } from '../../src/pipeline/packing';
import { packed } from '../fixtures/batch';
import { makeDelivery } from '../helpers/deliveries';
import { answerOf } from '../helpers/predictions';

const MODEL: ModelIdentity = {
  name: 'fake',
  version: 1,
  sha256: '00',
  runtime: 'tfjs-wasm',
  precision: 'fp32',
};
const LOG = { debug: jest.fn(), info: jest.fn(), warn: jest.fn(), error: jest.fn() };
const POISON = 66;

/** Predicts class 0 with the image's first byte as probability. */
function answer(batch: PackedBatch): BatchResult {
  const probabilities = new Float32Array(batch.size * 10);
  for (let i = 0; i < batch.size; i++) probabilities[i * 10] = batch.bytes[batch.offsets[i]!]!;
  return { probabilities, failures: new Map(), decoded: new Map(), inferenceMs: 1 };
}

function fake(classify: (batch: PackedBatch, call: number) => BatchResult): {
  classifier: Classifier;
  sizes: number[];
} {
  const sizes: number[] = [];
  const classifier: Classifier = {
    model: MODEL,
    parallelism: 2,
    classify: async (batch) => {
      sizes.push(batch.size);
      return classify(batch, sizes.length);
    },
  };
  return { classifier: isolateFailures(classifier, { attempts: 2, log: LOG }), sizes };
}

function hasPoison(batch: PackedBatch): boolean {
  return batch.bytes.includes(POISON);
}

const images = (...firstBytes: number[]): PackedBatch =>
  packed(firstBytes.map((byte) => Buffer.from([byte, 0, 0])));

describe('isolating the image that a worker dies of', () => {
  it('fails for a single answer without its prediction, which would look like one of class 0', async () => {
    const batch = packDeliveries(
      [1, 2].map((byte, i) => ({
        delivery: makeDelivery(i),
        bytes: Buffer.from([byte, 0, 0]),
        format: 'raw' as const,
      })),
      CLASS_NAMES,
    );
    const { classifier } = fake((part, call) => {
      if (call === 1) throw new StreamInferError('WORKER_CRASH', 'gone');
      return call === 2 ? answer(part) : answerOf(part, answer(part).probabilities, { model: MODEL });
    });
    await expect(classifier.classify(batch)).rejects.toMatchObject({ code: 'INTERNAL' });
  });

  it('passes a good batch on untouched', async () => {
    const { classifier, sizes } = fake(answer);
    const result = await classifier.classify(images(1, 2, 3));
    expect(result.probabilities[20]).toBe(3);
    expect(sizes).toEqual([3]);
    expect(classifier).toMatchObject({ model: MODEL, parallelism: 2 });
  });

  it.each(['WORKER_CRASH', 'WORKER_TIMEOUT'] as const)(
    'turns the culprit of a %s into a failure and predicts its neighbours',
    async (code) => {
      const { classifier, sizes } = fake((batch) => {
        if (hasPoison(batch)) throw new StreamInferError(code, 'gone');
        return answer(batch);
      });
      const result = await classifier.classify(images(1, POISON, 3));
      expect([...result.failures]).toEqual([[1, { code, message: 'gone', stage: 'inference', attempts: 2 }]]);
      expect([result.probabilities[0], result.probabilities[20]]).toEqual([1, 3]);
      expect(result.inferenceMs).toBe(2);
      expect(sizes).toEqual([3, 1, 1, 1, 1]);
    },
  );

  it('rejects no image when the crash does not recur', async () => {
    const { classifier } = fake((batch, call) => {
      if (call <= 2) throw new StreamInferError('WORKER_CRASH', 'once, and once more for the first image');
      return answer(batch);
    });
    const result = await classifier.classify(images(1, 2));
    expect(result.failures.size).toBe(0);
    expect([result.probabilities[0], result.probabilities[10]]).toEqual([1, 2]);
  });

  it('keeps what the single images bring: refusals and decoded pixels at their place in the batch', async () => {
    const pixels = new Uint8Array(784);
    const { classifier } = fake((batch) => {
      if (batch.size > 1) throw new StreamInferError('WORKER_CRASH', 'gone');
      if (batch.bytes[0] === 2) {
        const corrupt = { code: 'CORRUPT', message: 'no image', stage: 'decode', attempts: 1 } as const;
        return { ...answer(batch), failures: new Map([[0, corrupt]]) };
      }
      return { ...answer(batch), decoded: new Map([[0, { pixels, id: 'x' }]]) };
    });
    const result = await classifier.classify(images(1, 2, 3));
    expect([...result.failures.keys()]).toEqual([1]);
    expect([...result.decoded.keys()]).toEqual([0, 2]);
    expect(result.decoded.get(2)).toEqual({ pixels, id: 'x' });
  });

  it('gives predictions that are plain data, with nothing for the culprit', async () => {
    const { classifier } = fake((batch) => {
      if (hasPoison(batch)) throw new StreamInferError('WORKER_CRASH', 'gone');
      return answerOf(batch, answer(batch).probabilities);
    });
    const deliveries = [1, POISON, 3].map((byte, at) => makeDelivery(at, { value: Buffer.from([byte, 0]) }));
    const items = deliveries.map((delivery) => ({
      delivery,
      bytes: delivery.value!,
      format: 'raw' as const,
    }));
    const batch = packDeliveries(items, CLASS_NAMES);
    const result = structuredClone(await classifier.classify(batch));
    const outcomes = toOutcomes(deliveries, batch, result, MODEL);
    expect(outcomes.map(({ kind }) => kind)).toEqual(['prediction', 'dead letter', 'prediction']);
    expect(outcomes).toMatchObject([{ id: 'images/0/0' }, {}, { id: 'images/0/2', label: 0 }]);
  });

  it('passes every other error on', async () => {
    const { classifier, sizes } = fake(() => {
      throw new StreamInferError('NOT_READY', 'closed');
    });
    await expect(classifier.classify(images(1, 2))).rejects.toMatchObject({ code: 'NOT_READY' });
    expect(sizes).toEqual([2]);
  });

  it('passes another error on in the middle of the single images', async () => {
    const { classifier } = fake((_batch, call) => {
      throw call === 1
        ? new StreamInferError('WORKER_CRASH', 'gone')
        : new StreamInferError('NOT_READY', 'closed');
    });
    await expect(classifier.classify(images(1, 2))).rejects.toMatchObject({ code: 'NOT_READY' });
  });
});
