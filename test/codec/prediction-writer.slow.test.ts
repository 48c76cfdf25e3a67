import fc from 'fast-check';
import { PredictionWriter } from '../../src/codec/prediction-writer';
import { columnsOf, cutColumns } from '../../src/core/columns';
import { CLASS_NAMES, parseLabel } from '../../src/core/labels';
import type { ModelDescription } from '../../src/core/model-description';
import { headerText, type Delivery } from '../../src/core/message';
import { predictionId } from '../../src/core/prediction-id';
import type { ModelIdentity, Prediction } from '../../src/core/prediction';
import { anyCharacter } from '../helpers/any-character';
import { describeClasses } from '../helpers/model-description';
import { mistakesIn } from '../helpers/schemas';
import { makeDelivery } from '../helpers/deliveries';

const STARTED_AT = 1_000;

/** A prediction as an object: what the writer has to agree with, in the plainest code. */
function predictionOf(
  delivery: Delivery,
  row: readonly number[],
  description: ModelDescription,
  model: ModelIdentity,
  batch: { now: number; inferenceMs: number; size: number; envelope?: { id?: string; label?: number } },
): Omit<Prediction, 'predictedAt'> {
  const { labels } = description.shape;
  const { top, independent } = description.output;
  const round = (value: number, digits: number) => Math.round(value * digits) / digits;
  const probabilities = row.map((probability) => round(Math.fround(probability), 1e6));
  const label = probabilities.reduce((best, p, at) => (p > (probabilities[best] as number) ? at : best), 0);
  const truth = batch.envelope?.label ?? parseLabel(headerText(delivery.headers, 'label'), labels);
  const date = new Date(delivery.timestamp);
  const ranked = probabilities
    .map((confidence, at) => ({ label: at, className: labels[at] as string, confidence }))
    .sort((a, b) => b.confidence - a.confidence);
  return {
    schemaVersion: labels === CLASS_NAMES && top === undefined && !independent ? 1 : 2,
    id: predictionId(delivery, batch.envelope?.id),
    label,
    className: labels[label] as string,
    confidence: probabilities[label] as number,
    ...(independent && { independent: true as const }),
    ...(top === undefined ? { probabilities } : { top: ranked.slice(0, top) }),
    ...(truth !== undefined && { truth, correct: truth === label }),
    model,
    source: {
      broker: delivery.origin.broker,
      topic: delivery.origin.topic,
      partition: delivery.origin.partition,
      offset: delivery.origin.offset,
      key: delivery.key === null ? null : delivery.key.toString('utf8'),
      timestamp: (Number.isNaN(date.getTime()) ? new Date(0) : date).toISOString(),
    },
    timing: {
      queueMs: round(STARTED_AT - delivery.receivedAt, 100),
      inferenceMs: round(batch.inferenceMs, 100),
      totalMs: round(batch.now - delivery.receivedAt, 100),
      batchSize: batch.size,
    },
  };
}

const anyText = fc.oneof(fc.string({ unit: anyCharacter, maxLength: 12 }), fc.string({ maxLength: 12 }));
const anyMs = fc.oneof(
  fc.double({ min: -50, max: 5_000, noNaN: true }),
  fc.constantFrom(0, -0.001, 1e12, 999.995),
);
const anyDelivery = fc
  .record({
    broker: fc.constantFrom('kafka', 'memory', 'pubsub', 'http'),
    topic: anyText,
    partition: fc.option(fc.integer({ min: 0, max: 3 })),
    offset: fc.oneof(fc.nat(), fc.integer({ min: 2 ** 31, max: Number.MAX_SAFE_INTEGER })),
    numbered: fc.boolean(),
    key: fc.option(fc.oneof(fc.uint8Array({ maxLength: 20 }), anyText)),
    id: fc.option(anyText),
    label: fc.option(fc.oneof(anyText, fc.nat({ max: 12 }).map(String))),
    timestamp: fc.oneof(fc.constantFrom(0, -1, Number.MAX_VALUE), fc.nat({ max: 2e12 })),
    receivedAt: anyMs.map((ms) => STARTED_AT - ms),
  })
  .map(({ broker, topic, partition, offset, numbered, key, id, label, timestamp, receivedAt }): Delivery => {
    const origin = { broker, topic, partition, offset: numbered ? String(offset) : null };
    return makeDelivery(0, {
      origin,
      ...(numbered && { place: origin, offset }),
      sourceId: numbered ? `${topic}/${partition}/${offset}` : `message "${offset}"`,
      key: key === null ? null : Buffer.from(key as string),
      headers: [
        ...(id === null ? [] : [['id', id] as const]),
        ...(label === null ? [] : [['label', label] as const]),
      ],
      timestamp,
      receivedAt,
    });
  });
const anyProbability = fc.oneof(
  fc.double({ min: 0, max: 1, noNaN: true }),
  fc.constantFrom(0, 1, 1e-6, 4e-7, 0.1, 0.999999, 0.9999999, NaN),
);
const anyModel = fc.record({
  name: anyText,
  version: fc.nat({ max: 99 }),
  sha256: fc.constant('a'.repeat(64)),
  runtime: fc.constantFrom('onnx' as const, 'function' as const),
  precision: fc.constantFrom('fp32' as const, 'int8' as const),
});
const anyBatch = fc
  .record({
    deliveries: fc.array(anyDelivery, { minLength: 1, maxLength: 6 }),
    named: fc.boolean(),
    count: fc.integer({ min: 1, max: 12 }),
    top: fc.option(fc.integer({ min: 1, max: 15 }), { nil: undefined }),
    independent: fc.boolean(),
  })
  .chain(({ deliveries, named, count, top, independent }) => {
    const classes = named ? CLASS_NAMES.length : count;
    const anyScore =
      top === undefined ? anyProbability : anyProbability.filter((score) => !Number.isNaN(score));
    return fc.record({
      deliveries: fc.constant(deliveries),
      labels: named
        ? fc.constant(CLASS_NAMES)
        : fc.array(anyText, { minLength: classes, maxLength: classes }),
      output: fc.constant({ activation: 'none' as const, independent, ...(top !== undefined && { top }) }),
      rows: fc.array(fc.array(anyScore, { minLength: classes, maxLength: classes }), {
        minLength: deliveries.length,
        maxLength: deliveries.length,
      }),
      refused: fc.uniqueArray(fc.nat({ max: deliveries.length - 1 })),
      envelopes: fc.array(
        fc.tuple(
          fc.nat({ max: deliveries.length - 1 }),
          fc.record({ id: anyText, label: fc.nat({ max: classes - 1 }) }, { requiredKeys: [] }),
        ),
        { maxLength: 3 },
      ),
      model: anyModel,
      inferenceMs: anyMs,
      now: anyMs.map((ms) => STARTED_AT + ms),
    });
  });

type AnyBatch = typeof anyBatch extends fc.Arbitrary<infer T> ? T : never;

function writeBoth({
  deliveries,
  labels,
  output,
  rows,
  refused,
  envelopes,
  model,
  inferenceMs,
  now,
}: AnyBatch) {
  const size = deliveries.length;
  const found = new Map(envelopes);
  const inferred = {
    size,
    probabilities: Float32Array.from(rows.flat()),
    inferenceMs,
    envelopes: found,
    refused: new Set(refused),
  };
  const description = describeClasses(labels, output);
  const columns = columnsOf(deliveries, labels, STARTED_AT);
  const written = new PredictionWriter(model, description).write(columns, inferred, now);
  const text = Buffer.from(written.json).toString();
  const predictedAt = /"predictedAt":"([^"]*)"\}$/.exec(text)?.[1];
  const expected = deliveries.map((delivery, i) => {
    if (inferred.refused.has(i)) return '';
    const envelope = found.get(i);
    const batch = { now, inferenceMs, size, ...(envelope && { envelope }) };
    return JSON.stringify({ ...predictionOf(delivery, rows[i]!, description, model, batch), predictedAt });
  });
  return { columns, written, expected };
}

describe('the predictions that a worker writes', () => {
  it('are byte for byte what JSON.stringify makes of them', () => {
    fc.assert(
      fc.property(anyBatch, (batch) => {
        const { written, expected } = writeBoth(batch);
        let start = 0;
        for (const [i, end] of written.ends.entries()) {
          expect(Buffer.from(written.json.subarray(start, end)).toString()).toBe(expected[i]);
          start = end;
        }
        expect(written.json).toHaveLength(start);
      }),
      { numRuns: 2_000 },
    );
  });

  it('contain the same in columns as in their JSON', () => {
    fc.assert(
      fc.property(anyBatch, (batch) => {
        const { written, expected } = writeBoth(batch);
        for (const [i, text] of expected.entries()) {
          if (text === '') continue;
          const { label, confidence, truth = -1 } = JSON.parse(text) as Prediction;
          expect(written.labels[i]).toBe(label);
          expect(written.truths[i]).toBe(truth);
          if (confidence !== null) expect(written.confidences[i]).toBe(confidence);
        }
      }),
    );
  });

  it('are the same for an image whose columns were cut out', () => {
    fc.assert(
      fc.property(anyBatch, ({ deliveries, labels }) => {
        const columns = columnsOf(deliveries, labels, STARTED_AT);
        for (const [i, delivery] of deliveries.entries()) {
          const { places, placeOf, ...cut } = cutColumns(columns, i);
          const { places: ownPlaces, placeOf: own, ...alone } = columnsOf([delivery], labels, STARTED_AT);
          expect(places[placeOf[0]!]).toEqual(ownPlaces[own[0]!]);
          expect(cut.numbers).toEqual(alone.numbers);
          expect(cut.keys).toEqual(alone.keys);
          expect(cut.keyLengths).toEqual(alone.keyLengths);
          expect(cut.ids?.[0]).toBe(alone.ids?.[0]);
          expect(cut.truths?.[0] ?? -1).toBe(alone.truths?.[0] ?? -1);
          expect(cut.named?.[0]).toEqual(alone.named?.[0]);
        }
      }),
    );
  });

  it('take the room of the largest batch and not more', () => {
    const labels = ['a', 'b'];
    const model = { name: 'm', version: 1, sha256: '', runtime: 'onnx', precision: 'fp32' } as const;
    const writer = new PredictionWriter(model, describeClasses(labels));
    const write = (key: Buffer) => {
      const deliveries = [makeDelivery(1, { key }), makeDelivery(2, { key })];
      const inferred = {
        size: 2,
        probabilities: Float32Array.of(0.5, 0.5, 0, 1),
        inferenceMs: 1,
        envelopes: new Map(),
        refused: new Set<number>(),
      };
      return writer.write(columnsOf(deliveries, labels, 0), inferred, 1);
    };
    // Each control character is six bytes of JSON.
    const large = write(Buffer.alloc(100_000, 1));
    const small = write(Buffer.from('k'));
    expect(large.json.length).toBeGreaterThan(1_200_000);
    expect(small.json.length).toBeLessThan(1_500);
    expect(small.json.buffer.byteLength).toBe(small.json.length);
  });

  it('have the best ten of many classes, and fit the published schema', () => {
    const labels = Array.from({ length: 1000 }, (_, at) => `class ${at}`);
    const model = {
      name: 'm',
      version: 1,
      sha256: 'a'.repeat(64),
      runtime: 'onnx',
      precision: 'fp32',
    } as const;
    const writer = new PredictionWriter(model, describeClasses(labels));
    const probabilities = new Float32Array(2000).fill(0.0001);
    probabilities[1700] = 0.6;
    probabilities[1002] = 0.2;
    const inferred = {
      size: 2,
      probabilities,
      inferenceMs: 1,
      envelopes: new Map(),
      refused: new Set<number>(),
    };
    const deliveries = [
      makeDelivery(1, { receivedAt: 0 }),
      makeDelivery(2, { receivedAt: 0, headers: [['label', 'class 700']] }),
    ];
    const { json, ends } = writer.write(columnsOf(deliveries, labels, 0), inferred, 1);
    const second = JSON.parse(Buffer.from(json.subarray(ends[0])).toString()) as Prediction;
    expect(second).toMatchObject({ schemaVersion: 2, label: 700, className: 'class 700', confidence: 0.6 });
    expect(second).toMatchObject({ truth: 700, correct: true });
    expect(second.top?.map(({ label }) => label)).toEqual([700, 2, 0, 1, 3, 4, 5, 6, 7, 8]);
    expect(second).not.toHaveProperty('probabilities');
    expect(mistakesIn('prediction', second, 2)).toBeUndefined();
    expect(json.length).toBeLessThan(2 * 1200);
  });
});
