import { CLASS_NAMES } from '../../src/core/labels';
import { toOutcomes } from '../../src/pipeline/outcomes';
import { packDeliveries } from '../../src/pipeline/packing';
import type { Outcome, PredictionOutcome } from '../../src/core/prediction';
import { PredictionSlabs } from '../../src/results/prediction-slabs';
import { makeDelivery } from '../helpers/deliveries';
import { answerOf } from '../helpers/predictions';
import { createOutcome, MODEL } from '../helpers/services';

const rejection = { code: 'CORRUPT', message: 'no', stage: 'decode', attempts: 1 } as const;

/** A batch of images with consecutive offsets; image and label follow from the offset. */
function batchOf(first: number, size: number, refused: readonly number[] = [], key = ''): Outcome[] {
  const deliveries = Array.from({ length: size }, (_, i) =>
    makeDelivery(first + i, { key: Buffer.from(key), value: Buffer.alloc(784, (first + i) % 251) }),
  );
  const items = deliveries.map((delivery) => ({ delivery, bytes: delivery.value!, format: 'raw' as const }));
  const packed = packDeliveries(items, CLASS_NAMES);
  const probabilities = new Float32Array(10 * size);
  for (let i = 0; i < size; i++) probabilities[10 * i + ((first + i) % 10)] = 0.75;
  const failures = new Map(refused.map((at) => [at, rejection] as const));
  return toOutcomes(deliveries, packed, answerOf(packed, probabilities, { failures }), MODEL);
}

function predictionsOf(outcomes: readonly Outcome[]): PredictionOutcome[] {
  return outcomes.filter((outcome) => outcome.kind === 'prediction');
}

function idsIn(slabs: PredictionSlabs): number[] {
  return slabs.list({ limit: 1_000 }).map(({ prediction }) => Number(prediction.source.offset));
}

/** Each listed prediction is complete, is found by its id and has its own image. */
function expectWhole(slabs: PredictionSlabs): void {
  for (const { seq, prediction } of slabs.list({ limit: 1_000 })) {
    const offset = Number(prediction.source.offset);
    expect(prediction.label).toBe(offset % 10);
    expect(JSON.stringify(slabs.get(prediction.id))).toBe(JSON.stringify({ seq, prediction }));
    const { pixels = new Uint8Array(0) } = slabs.image(prediction.id) ?? {};
    expect(Buffer.compare(pixels, new Uint8Array(784).fill(offset % 251))).toBe(0);
  }
}

describe('the latest predictions in memory', () => {
  it('are the newest ones, complete and with their images, for any batch size', () => {
    const slabs = new PredictionSlabs(50);
    for (const [first, size] of [
      [0, 20],
      [20, 31],
      [51, 1],
      [52, 40],
    ] as const) {
      slabs.add(predictionsOf(batchOf(first, size)));
      expectWhole(slabs);
    }
    expect(idsIn(slabs)[0]).toBe(91);
    expect(idsIn(slabs).length).toBeGreaterThan(20);
    expect(idsIn(slabs).length).toBeLessThanOrEqual(50);
  });

  it('are the settled ones of a batch, without rejected, abandoned and HTTP-answered ones', () => {
    const slabs = new PredictionSlabs(100);
    const outcomes = predictionsOf(batchOf(0, 10, [3, 4]));
    slabs.add(outcomes.filter(({ delivery }) => !['0', '7'].includes(delivery.origin.offset!)));
    expect(idsIn(slabs)).toEqual([9, 8, 6, 5, 2, 1]);
    expectWhole(slabs);
  });

  it('are listed once when a batch is added in two parts', () => {
    const slabs = new PredictionSlabs(100);
    const outcomes = predictionsOf(batchOf(0, 8));
    slabs.add(outcomes.slice(5));
    slabs.add(outcomes.slice(0, 5));
    expect(idsIn(slabs)).toEqual([4, 3, 2, 1, 0, 7, 6, 5]);
    expectWhole(slabs);
  });

  it('may be more than the capacity in one call', () => {
    const slabs = new PredictionSlabs(10);
    slabs.add(predictionsOf(batchOf(0, 35)));
    expect(idsIn(slabs)[0]).toBe(34);
    expectWhole(slabs);
  });

  it('stay until they are the oldest, even in a large batch', () => {
    const slabs = new PredictionSlabs(64);
    slabs.add(predictionsOf(batchOf(0, 65)));
    expect(idsIn(slabs)).toEqual(Array.from({ length: 64 }, (_, at) => 64 - at));
    expectWhole(slabs);
    expect(slabs.get('images/0/0')).toBeUndefined();
  });

  it('are fewer when they are large', () => {
    const slabs = new PredictionSlabs(8);
    for (let at = 0; at < 20; at++) slabs.add(predictionsOf(batchOf(at, 1, [], 'k'.repeat(3_000))));
    expect(idsIn(slabs)).toEqual([19, 18]);
    expectWhole(slabs);
    slabs.add(predictionsOf(batchOf(20, 1, [], 'k'.repeat(10_000))));
    expect(idsIn(slabs)).toEqual([19, 18]);
    slabs.add(predictionsOf(batchOf(21, 8, [], 'k'.repeat(3_000))));
    expect(idsIn(slabs)).toEqual([28, 27]);
    expectWhole(slabs);
  });

  it('keep the size and format of image files, by position', () => {
    const slabs = new PredictionSlabs(10);
    const original = { format: 'png', width: 9, height: 7 } as const;
    slabs.add([createOutcome({ id: 'raw' }), createOutcome({ id: 'file', original })]);
    expect(slabs.list({ limit: 9 }).map((stored) => stored.original)).toEqual([original, undefined]);
  });

  it('are found by id prefix, by class and by confidence', () => {
    const slabs = new PredictionSlabs(100);
    slabs.add(predictionsOf(batchOf(95, 20)));
    const ids = (filter: object) =>
      slabs.list({ limit: 100, ...filter }).map(({ prediction }) => prediction.id);
    expect(ids({ id: 'images/0/9' })).toEqual([99, 98, 97, 96, 95].map((at) => `images/0/${at}`));
    expect(ids({ id: 'images/0/"' })).toEqual([]);
    expect(ids({ label: 7 })).toEqual(['images/0/107', 'images/0/97']);
    expect(ids({ minConfidence: 0.8 })).toEqual([]);
    expect(ids({ maxConfidence: 0.75 })).toHaveLength(20);
  });
});
