import { encodeDeadLetter, encodeShrunkDeadLetter } from '../../src/codec/dead-letter';
import { decodeDeadLetter } from '../../src/codec/decode-dead-letter';
import { predictionHeaders } from '../../src/codec/prediction-headers';
import { encodePrediction } from '../../src/codec/prediction-json';
import { encodeRedriven } from '../../src/codec/redriven';
import { refusalOf, type DeadLetter } from '../../src/core/dead-letter';
import { headerText, type Delivery, type Header } from '../../src/core/message';
import type { DeadLetterOutcome } from '../../src/core/prediction';
import { makeDelivery } from '../helpers/deliveries';
import { createOutcome, MODEL } from '../helpers/services';

const context = { model: MODEL, maxValueBytes: 100_000 };

function outcome(overrides: Partial<Delivery> = {}): DeadLetterOutcome {
  return {
    kind: 'dead letter',
    delivery: makeDelivery(5, { key: Buffer.from('key'), value: Buffer.from('no image'), ...overrides }),
    rejection: { code: 'CORRUPT', message: 'no pixels', stage: 'decode', attempts: 2 },
  };
}

function letterOf(overrides: Partial<Delivery> = {}): DeadLetter {
  return decodeDeadLetter(encodeDeadLetter(outcome(overrides), context)) as DeadLetter;
}

/** A class and an image size that Fashion-MNIST does not have. */
function forAnotherModel(): string {
  return JSON.stringify({ id: 'mine', label: 'cat', image: Array.from({ length: 96 * 96 * 3 }, () => 7) });
}

/** As the broker would deliver it again, at another offset. */
function redelivered(letter: DeadLetter, offset: number): Partial<Delivery> {
  const { value, headers } = encodeRedriven(letter);
  return { ...makeDelivery(offset), value, headers };
}

describe('a dead letter that is read back', () => {
  it('describes the error, and contains the unchanged original', () => {
    const headers: Header[] = [
      ['mine', 'x'],
      ['mine', 'y'],
      ['id', 'a'],
    ];
    expect(letterOf({ headers })).toEqual({
      sourceId: 'images/0/5',
      code: 'CORRUPT',
      message: 'no pixels',
      stage: 'decode',
      attempts: 2,
      failedAt: expect.stringMatching(/^\d{4}-.*Z$/) as string,
      model: 'fashion-mnist@1',
      source: { topic: 'images', partition: 0, offset: '5' },
      redriveCount: 0,
      valueBytes: 8,
      complete: true,
      original: { key: Buffer.from('key'), value: Buffer.from('no image'), headers },
    });
  });

  it('is not complete when its value was cut, or when it was shrunk', () => {
    const cut = letterOf({ value: Buffer.alloc(100_001) });
    expect([cut.complete, cut.valueBytes]).toEqual([false, 100_001]);
    const shrunk = decodeDeadLetter(encodeShrunkDeadLetter(outcome(), context)) as DeadLetter;
    expect([shrunk.complete, shrunk.valueBytes]).toEqual([false, 8]);
    expect(refusalOf(shrunk, true)?.code).toBe('LETTER_INCOMPLETE');
  });

  it.each([
    ['no headers', []],
    ['an error code alone', [['error-code', 'CORRUPT']]],
  ] as [string, Header[]][])('is none with %s', (_name, headers) => {
    expect(decodeDeadLetter({ key: null, value: Buffer.from('x'), headers })).toBeUndefined();
  });
});

describe('a redriven message', () => {
  it('is the original with one more redrive and without what the dead letter said', () => {
    const { key, value, headers } = encodeRedriven(letterOf({ headers: [['mine', 'x']] }));
    expect([String(key), String(value)]).toEqual(['key', 'no image']);
    expect(headers).toEqual([
      ['redrive-count', '1'],
      ['id', 'images/0/5'],
      ['mine', 'x'],
    ]);
  });

  it('is a tombstone again where the original was one, and empty where that was empty', () => {
    expect(encodeRedriven(letterOf({ value: null })).value).toBeNull();
    expect(encodeRedriven(letterOf({ value: Buffer.alloc(0) })).value).toHaveLength(0);
  });

  it('counts on when it fails again, and keeps its first id', () => {
    const second = letterOf(redelivered(letterOf(), 9));
    expect([second.sourceId, second.redriveCount]).toEqual(['images/0/9', 1]);
    expect(encodeRedriven(second).headers).toEqual([
      ['redrive-count', '2'],
      ['id', 'images/0/5'],
    ]);
  });

  it('puts its count before all headers that a broker may cut off, also without payload', () => {
    const { delivery, rejection } = outcome({
      headers: [
        ['mine', 'x'],
        ['Redrive-Count', '2'],
      ],
    });
    const { headers } = encodeDeadLetter({ kind: 'dead letter', delivery, rejection }, context);
    expect(headers.slice(-2)).toEqual([
      ['redrive-count', '2'],
      ['mine', 'x'],
    ]);
    const shrunk = encodeShrunkDeadLetter({ kind: 'dead letter', delivery, rejection }, context);
    expect(headerText(shrunk.headers, 'redrive-count')).toBe('2');
  });

  it.each([
    ['a header', Buffer.from('x'), [['id', 'mine']]],
    ['a CloudEvents header', Buffer.from('x'), [['ce_id', 'mine']]],
    ['a JSON envelope', Buffer.from('{"image":"AAAA","id":"mine"}'), []],
    ['an envelope for another model', Buffer.from(forAnotherModel()), []],
    ['a CloudEvent', Buffer.from('{"specversion":"1.0","id":"mine","data_base64":"AAAA"}'), []],
  ] as [string, Buffer, Header[]][])('keeps the id that it has from %s', (_name, value, headers) => {
    expect(encodeRedriven(letterOf({ value, headers })).headers).toEqual([
      ['redrive-count', '1'],
      ...headers,
    ]);
  });

  it('is refused after three redrives, unless forced', () => {
    const headers: Header[] = [['redrive-count', '3']];
    expect(refusalOf(letterOf({ headers }), false)?.code).toBe('REDRIVEN_TOO_OFTEN');
    expect(refusalOf(letterOf({ headers }), true)).toBeUndefined();
    expect(refusalOf(letterOf({ headers: [['redrive-count', '2']] }), false)).toBeUndefined();
    expect(letterOf({ headers: [['redrive-count', '-1 or so']] }).redriveCount).toBe(0);
  });
});

it('a prediction does not look like a dead letter, whatever its input said', () => {
  const prediction = createOutcome();
  const headers: Header[] = [
    ['Error-Code', 'CORRUPT'],
    ['source-topic', 'other'],
    ['mine', 'x'],
    ['redrive-count', '1'],
  ];
  const delivery = { ...prediction.delivery, headers };
  const message = encodePrediction({ ...prediction, delivery }, predictionHeaders('cloudevents', 'kafka'));
  expect(headerText(message.headers, 'error-code')).toBeUndefined();
  expect(message.headers.slice(-2)).toEqual([
    ['mine', 'x'],
    ['redrive-count', '1'],
  ]);
  expect(decodeDeadLetter(message)).toBeUndefined();
});
