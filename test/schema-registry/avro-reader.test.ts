import { readAvro } from '../../src/schema-registry/avro-reader';
import { parseAvroSchema } from '../../src/schema-registry/avro-schema';

/** Zigzag varint. */
function long(value: number | bigint): number[] {
  let left = BigInt.asUintN(64, (BigInt(value) << 1n) ^ (BigInt(value) >> 63n));
  const bytes: number[] = [];
  for (; left > 0x7fn; left >>= 7n) bytes.push(Number(left & 0x7fn) | 0x80);
  return [...bytes, Number(left)];
}

const text = (value: string): number[] => [...long(Buffer.byteLength(value)), ...Buffer.from(value)];
const read = (schema: unknown, bytes: number[], wanted?: Parameters<typeof readAvro>[2]): unknown =>
  readAvro(Buffer.from(bytes), parseAvroSchema(JSON.stringify(schema)), wanted);

const RECORD = {
  type: 'record',
  name: 'Photo',
  namespace: 'shop',
  fields: [
    { name: 'taken', type: { type: 'long', logicalType: 'timestamp-nanos' } },
    { name: 'tags', type: { type: 'array', items: 'string' } },
    {
      name: 'payload',
      type: [
        'null',
        {
          type: 'record',
          name: 'Payload',
          fields: [
            { name: 'bytes', type: 'bytes' },
            { name: 'next', type: ['null', 'Payload'] },
          ],
        },
      ],
    },
    { name: 'kind', type: { type: 'enum', name: 'Kind', symbols: ['A', 'B'] } },
    { name: 'sizes', type: { type: 'map', values: 'double' } },
    { name: 'hash', type: { type: 'fixed', name: 'Hash', size: 2 } },
    { name: 'other', type: 'shop.Kind' },
  ],
};

const NANOS = 1_700_000_000_123_456_789n;
const BYTES = [
  ...long(NANOS),
  // A block with its size in bytes, and one without.
  ...[...long(-1), ...long(3), ...text('ab'), ...long(1), ...text('c'), 0],
  ...[...long(1), ...long(3), 7, 8, 9, ...long(0)],
  ...long(1),
  ...[...long(1), ...text('x'), ...Buffer.from(new Float64Array([1.5]).buffer), 0],
  ...[0xaa, 0xbb],
  ...long(0),
];

describe('reading Avro', () => {
  it('reads every kind of value', () => {
    expect(read(RECORD, BYTES)).toEqual({
      taken: NANOS,
      tags: ['ab', 'c'],
      payload: { bytes: Buffer.from([7, 8, 9]), next: null },
      kind: 'B',
      sizes: { x: 1.5 },
      hash: Buffer.from([0xaa, 0xbb]),
      other: 'A',
    });
    expect([read('boolean', [1]), read('int', long(-70_000)), read('float', [0, 0, 0xc0, 0x3f])]).toEqual([
      true,
      -70_000,
      1.5,
    ]);
    for (const value of [0, -1, 63, -64, 2 ** 40, -(2 ** 52), 2n ** 62n, -(2n ** 63n)])
      expect(read('long', long(value))).toBe(value);
  });

  it('skips all fields that are not wanted, and gives bytes without copying them', () => {
    const bytes = Buffer.from(BYTES);
    const wanted = new Map([['payload', new Map([['bytes', true as const]])]]);
    const found = readAvro(bytes, parseAvroSchema(JSON.stringify(RECORD)), wanted) as {
      payload: { bytes: Buffer };
    };
    expect(found).toEqual({ payload: { bytes: Buffer.from([7, 8, 9]) } });
    bytes.fill(1);
    expect(found.payload.bytes).toEqual(Buffer.from([1, 1, 1]));
  });

  it('uses types of other schemas', () => {
    const other = JSON.stringify({ type: 'enum', name: 'Kind', namespace: 'shop', symbols: ['A', 'B'] });
    const type = parseAvroSchema('"shop.Kind"', [other]);
    expect(readAvro(Buffer.from(long(1)), type)).toBe('B');
  });

  it.each([
    ['bytes beyond the end', 'bytes', [...long(5), 1]],
    ['a negative length', 'bytes', long(-5)],
    ['a number that never ends', 'long', new Array<number>(11).fill(0xff)],
    ['no bytes', 'double', []],
    ['bytes after the value', 'int', [0, 0]],
    ['a branch that does not exist', ['null', 'int'], long(2)],
    ['a symbol that does not exist', { type: 'enum', name: 'E', symbols: ['A'] }, long(-1)],
    ['a list with more items than bytes', { type: 'array', items: 'int' }, long(1e12)],
    ['a map with more items than bytes', { type: 'map', values: 'null' }, long(1e12)],
    ['a list of values without bytes', { type: 'array', items: 'null' }, [...long(1e12), 0]],
  ])('refuses %s', (_, schema, bytes) => {
    expect(() => read(schema, bytes)).toThrow();
  });

  it('skips billions of values without bytes at once', () => {
    const schema = {
      type: 'record',
      name: 'R',
      fields: [
        { name: 'nothing', type: { type: 'array', items: 'null' } },
        { name: 'id', type: 'int' },
      ],
    };
    expect(read(schema, [...long(1e15), 0, ...long(5)], new Map([['id', true]]))).toEqual({ id: 5 });
  });

  it('refuses a record that is nested too deep, in the bytes or in the schema', () => {
    const list = { type: 'record', name: 'L', fields: [{ name: 'next', type: ['null', 'L'] }] };
    expect(() => read(list, new Array<number>(100_000).fill(2))).toThrow(/nested deeper than 64/);
    const wanted = new Map([['other', true as const]]);
    expect(() => read(list, new Array<number>(100_000).fill(2), wanted)).toThrow(/nested deeper than 64/);
    let deep: unknown = 'int';
    for (let i = 0; i < 70; i++) deep = { type: 'array', items: deep };
    expect(() => parseAvroSchema(JSON.stringify(deep))).toThrow(/nested deeper/);
  });

  it.each([
    ['"nonsense"', 'the type nonsense is not defined'],
    ['{"type":"record","name":"R"}', 'the record R has no list of fields'],
    ['{"type":"enum","name":"E"}', 'an enum has no list of symbols'],
    ['{"type":"fixed","name":"F","size":-1}', 'a fixed type has no size'],
    ['5', 'a type is neither a name nor an object'],
  ])('refuses the schema %s', (schema, message) => {
    expect(() => parseAvroSchema(schema)).toThrow(message);
  });
});
