import { frame, framedIn } from '../../src/schema-registry/frame';

const GUID = Buffer.from('00112233445566778899aabbccddeeff', 'hex');
const record = Buffer.from('record');

describe('the frame of a record', () => {
  it('is a zero and the id of the schema, before the record', () => {
    const value = Buffer.concat([frame(70_000), record]);
    expect(value.subarray(0, 5).toString('hex')).toBe('0000011170');
    expect(framedIn(value, [])).toEqual({ schema: 70_000, rest: record });
  });

  it('may be in a header, with an id or a GUID', () => {
    const id = [['__value_schema_id', frame(3)]] as const;
    expect(framedIn(record, id)).toEqual({ schema: 3, rest: Buffer.alloc(0), record });
    const guid = [
      ['__value_schema_id', Buffer.concat([Buffer.from([1]), GUID, Buffer.from([2, 4])])],
    ] as const;
    expect(framedIn(record, guid)).toEqual({
      schema: '00112233-4455-6677-8899-aabbccddeeff',
      rest: Buffer.from([2, 4]),
      record,
    });
  });

  it.each([
    ['an image file', Buffer.from('\x89PNG\r\n\x1a\n', 'latin1'), []],
    ['raw pixels that begin with zeros', Buffer.alloc(784), []],
    ['a value that is too short', Buffer.from([0, 0, 0, 1]), []],
    ['an empty value', Buffer.alloc(0), []],
    ['a header of another form', record, [['__value_schema_id', 'three']] as const],
  ])('is not found in %s', (_, value, headers) => {
    expect(framedIn(value, headers)).toBeNull();
  });
});
