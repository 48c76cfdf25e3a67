import { toPushedDelivery } from '../../src/push/message';
import type { IncomingHttpHeaders } from 'node:http';

const IMAGE = Buffer.from([0x89, 0x50, 0x4e, 0x47, 1, 2, 3]);

function read(body: Buffer | object, headers: IncomingHttpHeaders = { 'content-type': 'application/json' }) {
  const bytes = Buffer.isBuffer(body) ? body : Buffer.from(JSON.stringify(body));
  return toPushedDelivery({ headers, body: bytes }, 'images');
}

function wrap(message: object, more: object = {}): object {
  return { message, subscription: 'projects/p/subscriptions/s', ...more };
}

describe('a wrapped message', () => {
  it('has the id, the data, the attributes, the key and the time of its publisher', () => {
    const delivery = read(
      wrap(
        {
          data: IMAGE.toString('base64'),
          attributes: { label: '9', key: 'shelf-4' },
          messageId: '136969346945',
          publishTime: '2026-02-26T19:13:55.749Z',
        },
        { deliveryAttempt: 5 },
      ),
    );
    expect(delivery).toMatchObject({
      origin: { broker: 'pubsub', topic: 'images', partition: null, offset: null },
      sourceId: '136969346945',
      value: IMAGE,
      headers: [['label', '9']],
      timestamp: Date.parse('2026-02-26T19:13:55.749Z'),
      attempt: 5,
    });
    expect(delivery.key?.toString()).toBe('shelf-4');
  });

  it('may have the older field names, an ordering key, and no data or attributes', () => {
    const delivery = read(wrap({ message_id: '7', publish_time: 'never', orderingKey: 'a' }));
    expect(delivery).toMatchObject({ sourceId: '7', value: Buffer.alloc(0), headers: [], attempt: 1 });
    expect(delivery.key?.toString()).toBe('a');
    expect(Math.abs(delivery.timestamp - Date.now())).toBeLessThan(60_000);
  });

  it('is the same when Eventarc sends it as an event', () => {
    const message = { messageId: '8', data: IMAGE.toString('base64') };
    const event = {
      'content-type': 'application/json',
      'ce-id': '8',
      'ce-type': 'google.cloud.pubsub.topic.v1.messagePublished',
    };
    expect(read(wrap(message), event)).toMatchObject({ sourceId: '8', value: IMAGE, headers: [] });
  });

  it.each([
    ['no id at all', wrap({}), 'message.messageId'],
    ['a message that is text', { message: 'x', subscription: 's' }, 'message is'],
    ['no id', wrap({ data: '' }), 'message.messageId'],
    ['data that is not base64', wrap({ messageId: '1', data: '%%%%' }), 'message.data'],
    ['base64 that is cut off', wrap({ messageId: '1', data: 'AAAA*AAA' }), 'message.data'],
    ['attributes that are numbers', wrap({ messageId: '1', attributes: { a: 1 } }), 'message.attributes.a'],
  ])('is refused with %s', (_, body, problem) => {
    expect(() => read(body)).toThrow(expect.objectContaining({ code: 'BAD_REQUEST' }) as Error);
    expect(() => read(body)).toThrow(problem);
  });
});

describe('an unwrapped message', () => {
  it('is the body, with the metadata and the attributes in headers and without credentials', () => {
    const delivery = read(IMAGE, {
      host: 'example.com',
      authorization: 'Bearer secret',
      cookie: 'secret',
      'content-type': 'application/json',
      'user-agent': 'CloudPubSub-Google',
      'x-goog-pubsub-message-id': '42',
      'x-goog-pubsub-publish-time': '2026-02-26T19:13:55.749Z',
      'x-goog-pubsub-ordering-key': 'a',
      'x-forwarded-for': '1.2.3.4',
      traceparent: '00-1-2-01',
      label: '9',
    });
    expect(delivery).toMatchObject({ sourceId: '42', value: IMAGE });
    expect(delivery.headers).toEqual([
      ['traceparent', '00-1-2-01'],
      ['label', '9'],
    ]);
    expect(delivery.timestamp).toBe(Date.parse('2026-02-26T19:13:55.749Z'));
  });

  it('keeps a content type that says something', () => {
    const types = ['image/png', 'application/json; charset=utf-8', 'application/cloudevents+json'];
    const kept = types.map((type) => read(IMAGE, { 'content-type': type }).headers);
    expect(kept).toEqual([
      [['content-type', 'image/png']],
      [],
      [['content-type', 'application/cloudevents+json']],
    ]);
  });

  it('has the same id whenever it is pushed, also without metadata', () => {
    const [first, second, other] = [IMAGE, IMAGE, Buffer.from('x')].map((body) => read(body).sourceId);
    expect(first).toMatch(/^sha256\/[\da-f]{64}$/);
    expect(second).toBe(first);
    expect(other).not.toBe(first);
  });

  it('has the id of its event', () => {
    const delivery = read(
      { bucket: 'b', name: 'a.png' },
      { 'ce-id': 'e1', 'ce-time': '2026-01-01T00:00:00Z' },
    );
    expect(delivery).toMatchObject({ sourceId: 'e1', timestamp: Date.parse('2026-01-01T00:00:00Z') });
    expect(delivery.headers).toContainEqual(['ce-id', 'e1']);
  });

  it('may be JSON of any shape, which is not parsed when it is deep', () => {
    const deep = Buffer.from(`{"message":${'['.repeat(100_000)}`);
    for (const body of [Buffer.from('{"image":'), deep, Buffer.from('{"message":1}')])
      expect(read(body).value).toBe(body);
  });
});
