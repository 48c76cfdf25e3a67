import fc from 'fast-check';

import {
  MAX_MESSAGE_BYTES,
  pubsubSize,
  toDelivery,
  toPubsubMessage,
  type ReceivedMessage,
} from '../../../src/brokers/pubsub/convert';
import type { Header, OutgoingMessage } from '../../../src/core/message';
import { anyCharacter } from '../../helpers/any-character';

function outgoing(part: Partial<OutgoingMessage>): OutgoingMessage {
  return { key: null, value: Buffer.from('v'), headers: [], ...part };
}

function attributesOf(part: Partial<OutgoingMessage>): Record<string, string> {
  return toPubsubMessage(outgoing(part)).attributes;
}

function received(part: Partial<ReceivedMessage>): ReceivedMessage {
  return {
    id: '17',
    data: Buffer.from('v'),
    attributes: {},
    publishTime: new Date(1_700_000_000_000),
    deliveryAttempt: 0,
    ...part,
  };
}

describe('to Pub/Sub', () => {
  test('the key goes into the attribute "key", and headers become attributes', () => {
    expect(attributesOf({ key: 'k', headers: [['id', 'a']] })).toEqual({ key: 'k', id: 'a' });
    expect(attributesOf({ key: Buffer.from('k') })).toEqual({ key: 'k' });
  });

  test('a header named "key" gives way to the key', () => {
    expect(attributesOf({ key: 'k', headers: [['key', 'other']] })).toEqual({ key: 'k' });
    expect(attributesOf({ headers: [['key', 'other']] })).toEqual({ key: 'other' });
  });

  test('binary values become text', () => {
    expect(attributesOf({ headers: [['b', Buffer.from([0x61, 0xff])]] })).toEqual({ b: 'a\ufffd' });
  });

  test('of two headers with one name the first is sent', () => {
    const headers: Header[] = [
      ['tag', 'first'],
      ['tag', 'second'],
    ];
    expect(attributesOf({ headers })).toEqual({ tag: 'first' });
  });

  test('reserved names are renamed, and a header without a name is left out', () => {
    const headers: Header[] = [
      ['googclient_traceparent', 't'],
      ['Goog-x', 'u'],
      ['', 'nameless'],
    ];
    expect(attributesOf({ headers })).toEqual({ 'x-googclient_traceparent': 't', 'x-Goog-x': 'u' });
  });

  test('long names and values are cut, never inside a character', () => {
    const attributes = attributesOf({ headers: [['n'.repeat(300), `a${'é'.repeat(600)}`]] });
    const [[name, value] = ['', '']] = Object.entries(attributes);
    expect(Buffer.byteLength(name)).toBe(256);
    expect(value).toBe(`a${'é'.repeat(511)}`);
  });

  test('at most 100 attributes are sent, the key among them', () => {
    const headers = Array.from({ length: 150 }, (_, i): Header => [`h${i}`, 'x']);
    const attributes = attributesOf({ key: 'k', headers });
    expect(Object.keys(attributes)).toHaveLength(100);
    expect(attributes['key']).toBe('k');
  });

  test('a message with nothing in it gets an attribute, or Pub/Sub would refuse it', () => {
    expect(attributesOf({ value: Buffer.alloc(0) })).toEqual({ 'stream-infer-empty': '1' });
    expect(attributesOf({ value: Buffer.alloc(0), key: 'k' })).toEqual({ key: 'k' });
  });

  test('whatever the headers are, the attributes keep Pub/Sub’s limits', () => {
    const header = fc.tuple(
      fc.string({ unit: anyCharacter, maxLength: 400 }),
      fc.string({ unit: anyCharacter, maxLength: 1_500 }),
    );
    fc.assert(
      fc.property(fc.array(header, { maxLength: 120 }), (headers) => {
        const entries = Object.entries(attributesOf({ headers }));
        expect(entries.length).toBeLessThanOrEqual(100);
        const wrong = entries.filter(
          ([name, value]) =>
            /^(goog|$)/i.test(name) || Buffer.byteLength(name) > 256 || Buffer.byteLength(value) > 1_024,
        );
        expect(wrong).toEqual([]);
      }),
      { numRuns: 25 },
    );
  });

  test('the size counts data, names and values in bytes', () => {
    expect(pubsubSize({ data: Buffer.alloc(10), attributes: { é: 'ab' } })).toBe(14);
    expect(MAX_MESSAGE_BYTES).toBe(10_000_000);
  });
});

describe('from Pub/Sub', () => {
  test('a delivery names the message id and the topic, and has neither partition nor offset', () => {
    expect(toDelivery(received({}), 'images', 12)).toEqual({
      origin: { broker: 'pubsub', topic: 'images', partition: null, offset: null },
      sourceId: '17',
      key: null,
      value: Buffer.from('v'),
      headers: [],
      timestamp: 1_700_000_000_000,
      receivedAt: 12,
      attempt: 1,
    });
  });

  test('the key is the ordering key, or else the attribute "key"', () => {
    const attributes = { key: 'a', id: 'x' };
    expect(toDelivery(received({ attributes }), 't', 0)).toMatchObject({
      key: Buffer.from('a'),
      headers: [['id', 'x']],
    });
    expect(toDelivery(received({ attributes, orderingKey: 'o' }), 't', 0).key?.toString()).toBe('o');
    expect(toDelivery(received({ orderingKey: '' }), 't', 0).key).toBeNull();
  });

  test('the client’s trace context stays among the headers', () => {
    const attributes = { googclient_traceparent: '00-1' };
    expect(toDelivery(received({ attributes }), 't', 0).headers).toEqual([
      ['googclient_traceparent', '00-1'],
    ]);
  });

  test('the attempt is what Pub/Sub counts, from 1', () => {
    expect(toDelivery(received({ deliveryAttempt: 3 }), 't', 0).attempt).toBe(3);
  });

  test('a message with nothing in it comes back with nothing in it', () => {
    const { data, attributes } = toPubsubMessage(outgoing({ value: Buffer.alloc(0) }));
    expect(toDelivery(received({ data, attributes }), 't', 0)).toMatchObject({ headers: [], key: null });
  });
});
