/** Messages of topics, as other programs may write them. */
import { decodeEvent } from '../../src/codec/decode-event';
import { checkDeadLetter, originalHeaders, redriveCountOf } from '../../src/codec/decode-dead-letter';
import { decodeEnvelopeId } from '../../src/codec/decode-envelope';
import { decodeItem, isRefusal } from '../../src/codec/decode-item';
import { decodePrediction } from '../../src/codec/decode-prediction';
import { checkedJson } from '../../src/codec/checked';
import { labelSchema } from '../../src/codec/label-schema';
import { Refused } from '../../src/codec/refused';
import { REJECTION_CODES } from '../../src/core/errors';
import type { Header } from '../../src/core/message';
import { splitEvents } from '../../src/event-batches/split-events';
import { png } from '../fixtures/png';
import { makeEvent } from '../helpers/events';
import { makeLabel } from '../helpers/labels';
import { createOutcome } from '../helpers/services';
import { fuzz } from './fuzz';
import { parsed } from './json-damage';

jest.setTimeout(600_000);

const toJson = (value: unknown): Buffer => Buffer.from(JSON.stringify(value));
const NONE = { codes: [] };

const { prediction } = createOutcome({ label: 8, confidence: 0.98 });
const base64 = png().toString('base64');
const { event } = makeEvent({ alert: 3 });

it('predictions are read or not', () => fuzz([toJson(prediction)], decodePrediction, NONE));

it('events are read or not', () =>
  fuzz(
    [toJson(event), toJson({ ...event, image: base64, derived: { enlarged: base64 } })],
    decodeEvent,
    NONE,
  ));

it('labels are read or not', () =>
  fuzz([toJson(makeLabel())], (bytes) => checkedJson(labelSchema, bytes), NONE));

describe('dead letters', () => {
  const at = '2026-01-01T00:00:00.000Z';
  const headers = {
    'error-code': 'CORRUPT',
    'error-message': 'the image is corrupt',
    'failed-at': at,
    'source-broker': 'kafka',
    'source-topic': 'images',
    'source-partition': '3',
    'source-offset': '17',
    'redrive-count': '2',
    mine: 'x',
  };

  it('are read or not, whatever their headers', () =>
    fuzz(
      [toJson(headers)],
      (bytes) => {
        const damaged = headersIn(bytes);
        checkDeadLetter({ key: bytes, value: bytes, headers: damaged });
        originalHeaders(damaged);
        redriveCountOf(damaged);
      },
      NONE,
    ));
});

/** Any JSON as headers: lists are headers of one name, and all else is text. */
function headersIn(bytes: Buffer): Header[] {
  const json = parsed(bytes);
  if (typeof json !== 'object' || json === null) return [['error-code', bytes]];
  return Object.entries(json).map(([name, value]) => [
    name,
    typeof value === 'string' ? value : Buffer.from(JSON.stringify(value)),
  ]);
}

describe('envelopes', () => {
  const pixels = Array.from({ length: 784 }, (_, i) => i % 256);
  const cloudEvent = { specversion: '1.0', type: 'image', source: '/camera', id: 'e' };
  const seeds = [
    { image: pixels, id: 'x', label: 1 },
    { image: `data:image/png;base64,${base64}` },
    { image: Array.from({ length: 28 }, () => pixels.slice(0, 28)) },
    { ...cloudEvent, datacontenttype: 'image/png', data_base64: base64 },
    { ...cloudEvent, datacontenttype: 'application/json', data: { image: pixels } },
  ].map(toJson);

  it('become pixels or a code', () =>
    fuzz(
      seeds,
      async (bytes) => {
        const outcome = await decodeItem(bytes, 'json', { invert: 'auto' });
        if (isRefusal(outcome)) expect(REJECTION_CODES).toContain(outcome.code);
        else expect(outcome.pixels).toHaveLength(784);
      },
      NONE,
    ));

  it('have an id, or are refused', () =>
    fuzz(
      seeds,
      (bytes) => {
        try {
          return decodeEnvelopeId(bytes);
        } catch (error) {
          if (error instanceof Refused) return expect(error.code).toBe('BAD_ENVELOPE');
          throw error;
        }
      },
      NONE,
    ));

  it('in batches are split or not', () =>
    fuzz([toJson([cloudEvent, { ...cloudEvent, data_base64: base64 }])], splitEvents, NONE));
});
