import { KafkaDelivery, fromHeaders, keepEmpty, toHeaders } from '../../../src/brokers/kafka/convert';
import { PartitionAssignment } from '../../../src/brokers/kafka/partition-assignment';

describe('a message of librdkafka', () => {
  const message = {
    topic: 't',
    partition: 3,
    offset: 42,
    size: 5,
    value: Buffer.from('hello'),
    key: Buffer.from('k'),
    timestamp: 1_700_000_000_000,
  };

  it('becomes a delivery without a copy of its bytes', () => {
    const delivery = new KafkaDelivery(message, new PartitionAssignment('t', 3), 12.5);
    expect(delivery).toMatchObject({
      origin: { broker: 'kafka', topic: 't', partition: 3, offset: '42' },
      sourceId: 't/3/42',
      timestamp: 1_700_000_000_000,
      receivedAt: 12.5,
      attempt: 1,
      headers: [],
    });
    expect(delivery.place).toMatchObject({ broker: 'kafka', topic: 't', partition: 3 });
    expect(delivery.value).toBe(message.value);
    expect(delivery.key).toBe(message.key);
  });

  it('without key and value has them null', () => {
    const delivery = new KafkaDelivery(
      { ...message, key: undefined, value: null },
      new PartitionAssignment('t', 3),
      0,
    );
    expect(delivery.key).toBeNull();
    expect(delivery.value).toBeNull();
  });

  it('without a timestamp gets the present', () => {
    expect(
      Math.abs(
        new KafkaDelivery({ ...message, timestamp: -1 }, new PartitionAssignment('t', 3), 0).timestamp -
          Date.now(),
      ),
    ).toBeLessThan(5_000);
  });
});

describe('headers', () => {
  it('keep their order, duplicates and bytes both ways', () => {
    const bytes = Buffer.from([0, 255]);
    const native = [{ a: Buffer.from('1') }, { b: bytes }, { a: Buffer.from('2') }];
    const headers = toHeaders(native);
    expect(headers.map(([name]) => name)).toEqual(['a', 'b', 'a']);
    expect(headers[1]?.[1]).toBe(bytes);
    expect(fromHeaders(headers)).toEqual(native);
  });

  it('named __proto__ come from the add-on as a prototype, and are headers all the same', () => {
    const value = Buffer.from('x');
    const native = {};
    Object.setPrototypeOf(native, value);
    expect(toHeaders([native, { a: value }])).toEqual([
      ['__proto__', value],
      ['a', value],
    ]);
  });

  it('may have names that mean something to JavaScript', () => {
    expect(
      toHeaders(
        fromHeaders([
          ['__proto__', 'x'],
          ['1', 'y'],
        ]),
      ),
    ).toEqual([
      ['__proto__', 'x'],
      ['1', 'y'],
    ]);
  });

  it('in a frozen array are converted once, in any other each time', () => {
    const pair = ['a', 'x'] as const;
    const frozen = Object.freeze([Object.freeze(pair)]);
    expect(fromHeaders(frozen)).toBe(fromHeaders(frozen));
    const changing = [['a', 'x']] as [string, string][];
    expect(fromHeaders(changing)).toEqual([{ a: 'x' }]);
    changing[0] = ['a', 'y'];
    expect(fromHeaders(changing)).toEqual([{ a: 'y' }]);
  });

  it('in a frozen array of pairs that may change are converted each time', () => {
    const pair: [string, string] = ['a', 'x'];
    const headers = Object.freeze([pair]);
    expect(fromHeaders(headers)).toEqual([{ a: 'x' }]);
    pair[1] = 'y';
    expect(fromHeaders(headers)).toEqual([{ a: 'y' }]);
  });
});

describe('an empty buffer', () => {
  it('gets memory behind it, or the add-on takes it for null', () => {
    const kept = keepEmpty(Buffer.alloc(0));
    expect(kept).toHaveLength(0);
    expect((kept as Buffer).buffer.byteLength).toBeGreaterThan(0);
    expect(keepEmpty(null)).toBeNull();
    expect(keepEmpty('')).toBe('');
  });
});
