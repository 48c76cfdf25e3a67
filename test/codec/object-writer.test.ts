import fc from 'fast-check';
import { PredictionWriter } from '../../src/codec/prediction-writer';
import { decodePrediction } from '../../src/codec/decode-prediction';
import type { FoundInImage } from '../../src/codec/object-writer';
import { columnsOf } from '../../src/core/columns';
import { anyCharacter } from '../helpers/any-character';
import { makeDelivery } from '../helpers/deliveries';
import { describeClasses } from '../helpers/model-description';
import { mistakesIn } from '../helpers/schemas';

const MOST = 3;
const MODEL = { name: 'm', version: 1, sha256: 'a'.repeat(64), runtime: 'onnx', precision: 'fp32' } as const;
const objects = {
  format: 'yolo',
  corners: 'xywh',
  units: 'pixels',
  firstClass: 0,
  threshold: 0.2,
  iou: 0.4,
  max: MOST,
} as const;

const coordinate = fc.integer({ min: 0, max: 81_920 }).map((value) => value / 10);
const anyImage = (labels: number): fc.Arbitrary<FoundInImage> =>
  fc.record({
    objects: fc.array(
      fc.record({
        label: fc.nat({ max: labels - 2 }),
        confidence: fc.integer({ min: 0, max: 1_000_000 }).map((value) => value / 1e6),
        box: fc.tuple(coordinate, coordinate, coordinate, coordinate),
      }),
      { maxLength: MOST },
    ),
    frame: fc.record({
      width: fc.integer({ min: 1, max: 8192 }),
      height: fc.integer({ min: 1, max: 8192 }),
      view: fc.tuple(
        coordinate.map((value) => 0 - value),
        coordinate,
        coordinate,
        coordinate,
      ),
    }),
  });
const anyLabels = fc
  .array(fc.string({ unit: anyCharacter, minLength: 1, maxLength: 30 }), { minLength: 1, maxLength: 5 })
  .map((labels) => [...labels, 'nothing']);
const anyBatch = anyLabels.chain((labels) =>
  fc.record({
    labels: fc.constant(labels),
    images: fc.array(anyImage(labels.length), { minLength: 1, maxLength: 5 }),
  }),
);

it('predictions with objects fit their schema and say what was found', () => {
  fc.assert(
    fc.property(anyBatch, ({ labels, images }) => {
      const deliveries = images.map((_, i) => makeDelivery(i, { receivedAt: 0 }));
      const description = describeClasses(labels, { independent: true, objects });
      const written = new PredictionWriter(MODEL, description).write(
        columnsOf(deliveries, labels, 0),
        {
          size: images.length,
          probabilities: new Float32Array(0),
          found: new Map(images.entries()),
          inferenceMs: 1,
          envelopes: new Map([[0, { label: 0 }]]),
          refused: new Set(),
        },
        1,
      );
      let start = 0;
      for (const [i, end] of written.ends.entries()) {
        const json = Buffer.from(written.json.subarray(start, end));
        start = end;
        const parsed: unknown = JSON.parse(json.toString());
        expect(mistakesIn('prediction', parsed, 2)).toBeUndefined();
        expect(decodePrediction(json)).toEqual({ value: parsed });
        const { objects: found, frame } = images[i]!;
        const label = found[0]?.label ?? labels.length - 1;
        expect(parsed).toMatchObject({
          schemaVersion: 2,
          label,
          confidence: found[0]?.confidence ?? 1,
          objects: found.map((one) => ({ ...one, className: labels[one.label]! })),
          frame,
          ...(i === 0 && { truth: 0, correct: label === 0 }),
        });
        expect(written.labels[i]).toBe(label);
      }
    }),
    { numRuns: 40 },
  );
});
