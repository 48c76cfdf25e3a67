import { decodeDeadLetters, decodePredictions } from '../../src/results-server/decode-deliveries';
import { encodeDeadLetter } from '../../src/codec/dead-letter';
import { predictionHeaders } from '../../src/codec/prediction-headers';
import { encodePrediction } from '../../src/codec/prediction-json';
import { HEADER_MODES } from '../../src/core/header-mode';
import type { Delivery, Header } from '../../src/core/message';
import { makeDelivery } from '../helpers/deliveries';
import { createOutcome } from '../helpers/services';

function prediction(offset: number, value?: Buffer | null): Delivery {
  const { prediction: body } = createOutcome({ id: `n${offset}`, label: offset % 10 });
  return makeDelivery(offset, {
    origin: { broker: 'kafka', topic: 'predictions', partition: offset % 2, offset: String(offset) },
    value: value === undefined ? Buffer.from(JSON.stringify(body)) : value,
  });
}

/** A prediction with a wrong field. */
function wrong(fields: Record<string, unknown>): Buffer {
  return Buffer.from(JSON.stringify({ ...createOutcome().prediction, ...fields }));
}

function letter(offset: number): Delivery {
  const message = encodeDeadLetter(
    {
      kind: 'dead letter',
      delivery: makeDelivery(offset),
      rejection: { code: 'NOT_AN_IMAGE', message: 'no', stage: 'admission', attempts: 1 },
    },
    { model: null, maxValueBytes: 1 << 20 },
  );
  return makeDelivery(offset, {
    origin: { broker: 'kafka', topic: 'images.dlq', partition: 0, offset: String(offset) },
    value: message.value,
    headers: message.headers,
  });
}

it('decodes predictions and returns the next position of each partition', () => {
  const { arrivals, outcomes, skipped } = decodePredictions([prediction(4), prediction(7), prediction(6)]);
  expect(arrivals.chunk.ids).toEqual(['n4', 'n7', 'n6']);
  expect([...arrivals.chunk.labels]).toEqual([4, 7, 6]);
  expect(arrivals.chunk.images).toHaveLength(0);
  expect(arrivals.positions).toEqual([
    { topic: 'predictions', partition: 0, next: 7 },
    { topic: 'predictions', partition: 1, next: 8 },
  ]);
  expect(outcomes).toHaveLength(3);
  expect(skipped).toBe(0);
});

it.each(HEADER_MODES)('reads the same from a prediction whose headers are of the mode %s', (mode) => {
  const outcome = createOutcome({ label: 3, truth: 4 });
  const { value, headers } = encodePrediction(outcome, predictionHeaders(mode, 'kafka'));
  const { outcomes, skipped } = decodePredictions([{ ...prediction(1, value), headers }]);
  expect(outcomes).toMatchObject([{ prediction: outcome.prediction }]);
  expect(skipped).toBe(0);
});

it('returns no positions for a broker without offsets', () => {
  const origin = { broker: 'pubsub', topic: 'predictions', partition: null, offset: null };
  expect(decodePredictions([{ ...prediction(1), origin }]).arrivals.positions).toEqual([]);
});

it.each([
  ['nothing', null],
  ['no JSON', Buffer.from('{')],
  ['null', Buffer.from('null')],
  ['another schema', Buffer.from('{"schemaVersion": 2, "id": "a"}')],
  ['a class that is none', Buffer.from(JSON.stringify({ ...createOutcome().prediction, label: -1 }))],
  [
    'a confidence that is none',
    Buffer.from(JSON.stringify({ ...createOutcome().prediction, confidence: '1' })),
  ],
  ['a class name that is none', wrong({ className: {} })],
  ['probabilities that are none', wrong({ probabilities: Array(10).fill('0.1') })],
  ['a model without a name', wrong({ model: {} })],
  ['a model of text', wrong({ model: 'fashion-mnist' })],
  ['a source of nothing', wrong({ source: [] })],
  ['a timing of text', wrong({ timing: { queueMs: '1' } })],
  ['a time that is none', wrong({ predictedAt: 'now' })],
  ['an id that is none', wrong({ id: '' })],
])('skips %s, and continues after it', (_what, value) => {
  const { arrivals, outcomes, skipped } = decodePredictions([prediction(2, value)]);
  expect([arrivals.chunk.size, outcomes.length, skipped]).toEqual([0, 0, 1]);
  expect(arrivals.positions).toEqual([{ topic: 'predictions', partition: 0, next: 3 }]);
});

it('shows dead letters that were stored before, but does not count them again', () => {
  const { letters, outcomes, arrivals } = decodeDeadLetters(
    [letter(8), letter(9), letter(10)],
    new Map([[0, 9]]),
  );
  expect(letters.map(({ sourceId }) => sourceId)).toEqual(['images/0/8', 'images/0/9', 'images/0/10']);
  expect(outcomes.map(({ delivery }) => delivery.origin.offset)).toEqual(['9', '10']);
  // The store knows by the id what it has.
  expect(arrivals.letters).toHaveLength(3);
  expect(arrivals.positions).toEqual([{ topic: 'images.dlq', partition: 0, next: 11 }]);
});

function nested(levels: number): unknown {
  let deep: unknown = 1;
  for (let i = 0; i < levels; i++) deep = [deep];
  return deep;
}

it('skips a prediction with too many levels of nesting', () => {
  const body = { ...createOutcome({ id: 'a' }).prediction, deep: nested(2_000) };
  const decoded = decodePredictions([prediction(1, Buffer.from(JSON.stringify(body)))]);
  expect(decoded).toMatchObject({
    outcomes: [],
    skipped: 1,
    problem: 'the JSON is nested deeper than 32 levels',
  });
});

it('stores only checked members of a prediction', () => {
  const deep = nested(20);
  const body = createOutcome({ id: 'a' }).prediction;
  const { outcomes } = decodePredictions([prediction(1, Buffer.from(JSON.stringify({ ...body, deep })))]);
  const [stored] = outcomes.flatMap((outcome) => (outcome.kind === 'prediction' ? [outcome.json] : []));
  expect(JSON.parse(String(stored))).toEqual(body);
});

it.each([
  ['error-code', 'no code'],
  ['error-code', `A${'A'.repeat(100)}`],
  ['source-id', ''],
  ['failed-at', 'never'],
])('skips a dead letter whose header %s is %j', (name, text) => {
  const { headers, ...rest } = letter(3);
  const changed = headers.map((header): Header => (header[0] === name ? [name, text] : header));
  const { letters, skipped, problem, arrivals } = decodeDeadLetters([
    { ...rest, headers: changed },
    letter(4),
  ]);
  expect([letters.length, skipped, problem]).toEqual([1, 1, expect.stringContaining(name)]);
  expect(arrivals.positions).toMatchObject([{ next: 5 }]);
});
