import { fromHeaders } from '../../src/brokers/kafka/convert';
import { toPubsubMessage } from '../../src/brokers/pubsub/convert';
import { predictionHeaders } from '../../src/codec/prediction-headers';
import { HEADER_MODES } from '../../src/core/header-mode';
import type { Header } from '../../src/core/message';
import type { PredictionOutcome } from '../../src/core/prediction';
import { createOutcome } from '../helpers/services';

const CONTENT_TYPE: Header = ['content-type', 'application/json'];
const BROKERS = [
  ['memory', 'ce_'],
  ['kafka', 'ce_'],
  ['pubsub', 'ce-'],
] as const;
/** Names that a prediction has its own value for, or that a dead letter has. */
const OURS: readonly Header[] = [
  ['content-type', 'image/png'],
  ['Label', '3'],
  ['id', 'mine'],
  ['confidence', '2'],
  ['ce_type', 'other'],
  ['ce-type', 'other'],
  ['source-id', 'other'],
  ['Error-Code', 'CORRUPT'],
];
const FOREIGN: readonly Header[] = [
  ['trace', 'x'],
  ['bytes', Buffer.from([0, 255])],
  ['trace', 'y'],
  ['redrive-count', '1'],
];

function outcomeWith(...headers: readonly Header[]): PredictionOutcome {
  const outcome = createOutcome();
  return { ...outcome, delivery: { ...outcome.delivery, headers } };
}

/** All nine, in their order. */
function cloudEvent({ delivery, prediction }: PredictionOutcome, prefix: string): Header[] {
  const { broker, topic } = prediction.source;
  return [
    CONTENT_TYPE,
    ['label', String(prediction.label)],
    ['confidence', String(prediction.confidence)],
    ['source-id', delivery.sourceId],
    [`${prefix}specversion`, '1.0'],
    [`${prefix}type`, 'stream-infer.prediction.v1'],
    [`${prefix}source`, `/stream-infer/${broker}/${topic}`],
    [`${prefix}id`, prediction.id],
    [`${prefix}time`, prediction.predictedAt],
  ];
}

describe.each(BROKERS)('the headers of a prediction on %s', (broker, prefix) => {
  describe.each(HEADER_MODES)('with output.headers: %s', (mode) => {
    const headersOf = predictionHeaders(mode, broker);
    const own = (outcome: PredictionOutcome) =>
      ({ none: [], json: [CONTENT_TYPE], cloudevents: cloudEvent(outcome, prefix) })[mode];

    it.each([
      ['an input without headers', [], []],
      ['an input whose headers all mean something here', OURS, []],
      ['one with others, in their order', FOREIGN, FOREIGN],
      ['one with both', [...OURS, ...FOREIGN], FOREIGN],
      [
        "Google's trace context",
        [['googclient_traceparent', '00-1-2-01']],
        [
          ['googclient_traceparent', '00-1-2-01'],
          ['traceparent', '00-1-2-01'],
        ],
      ],
    ] as readonly (readonly [string, readonly Header[], readonly Header[]])[])(
      'are our own and what is copied of %s',
      (_name, headers, copied) => {
        const outcome = outcomeWith(...headers);
        expect(headersOf(outcome)).toEqual([...own(outcome), ...copied]);
      },
    );
  });
});

describe('with output.headers: json', () => {
  const headersOf = predictionHeaders('json', 'kafka');

  it('one frozen array serves all predictions that nothing is copied to', () => {
    const headers = headersOf(outcomeWith());
    expect(headersOf(outcomeWith(...OURS))).toBe(headers);
    expect(Object.isFrozen(headers) && headers.every(Object.isFrozen)).toBe(true);
  });

  it('it is made for the Kafka client once, and what has copied headers does not change it', () => {
    const native = fromHeaders(headersOf(outcomeWith()));
    expect(fromHeaders(headersOf(outcomeWith(...FOREIGN)))).toHaveLength(1 + FOREIGN.length);
    expect(fromHeaders(headersOf(outcomeWith()))).toBe(native);
    expect(native).toEqual([{ 'content-type': 'application/json' }]);
  });
});

it('without headers of its own a prediction has none on Kafka, and only its key on Pub/Sub', () => {
  const headers = predictionHeaders('none', 'pubsub')(outcomeWith());
  expect(fromHeaders(headers)).toBeUndefined();
  const { attributes } = toPubsubMessage({ key: 'k', value: Buffer.from('{}'), headers });
  expect(attributes).toEqual({ key: 'k' });
});
