import protobuf from 'protobufjs';
import type { Resolution } from '../../src/core/resolver';
import type { FieldMapping } from '../../src/schema-registry/field-mapping';
import { frame } from '../../src/schema-registry/frame';
import type { RegisteredSchema, RegistryAnswer } from '../../src/schema-registry/registry-client';
import { SchemaCache } from '../../src/schema-registry/schema-cache';
import { createSchemaResolver } from '../../src/schema-registry/schema-resolver';

const never = new AbortController().signal;
const IMAGE = Buffer.from('the image');

type Answers = Readonly<Record<number, RegistryAnswer<RegisteredSchema>>>;

function found(
  format: RegisteredSchema['format'],
  text: unknown,
  references: RegisteredSchema['references'] = [],
): RegistryAnswer<RegisteredSchema> {
  const schema = typeof text === 'string' ? text : JSON.stringify(text);
  return { kind: 'found', value: { format, text: schema, references } };
}

function setUp(answers: Answers, mapping: FieldMapping = {}) {
  const asked: unknown[] = [];
  const client = {
    schema: async (id: number | string) => {
      asked.push(id);
      return answers[id as number] ?? { kind: 'unknown' as const, reason: 'HTTP 404' };
    },
    version: async ({ version }: { version: number }) =>
      answers[version] ?? { kind: 'unavailable' as const, reason: 'the registry is down' },
  };
  const cache = new SchemaCache(client, mapping, 1);
  const resolver = createSchemaResolver(cache, { maxBytes: 1_000, pixels: () => 784 });
  const resolve = async (id: number, record: Buffer, headers: [string, string | Buffer][] = []) =>
    await resolver.resolve({ value: Buffer.concat([frame(id), record]), headers }, never);
  return { asked, resolver, resolve };
}

const avroRecord = (...fields: object[]) => ({ type: 'record', name: 'R', fields });
const image = Buffer.concat([Buffer.from([2 * IMAGE.length]), IMAGE]);

describe('records with a registered schema', () => {
  it('gives the image, id and label of an Avro record, and asks for its schema once', async () => {
    const schema = avroRecord(
      { name: 'image', type: 'bytes' },
      { name: 'label', type: ['null', 'string'] },
      { name: 'id', type: 'long' },
    );
    const { resolve, asked, resolver } = setUp({ 7: found('AVRO', schema) });
    const record = Buffer.concat([image, Buffer.from([2, 6, ...Buffer.from('Bag'), 10])]);
    const expected = { kind: 'resolved', value: IMAGE, id: '5', label: 'Bag' };
    expect(await Promise.all([resolve(7, record), resolve(7, record)])).toEqual([expected, expected]);
    // Known by now: without a promise.
    const value = Buffer.concat([frame(7), record]);
    expect(resolver.resolve({ value, headers: [] }, never)).toEqual(expected);
    expect(asked).toEqual([7]);
  });

  it('takes the mapped fields, at any depth', async () => {
    const inner = avroRecord({ name: 'bytes', type: 'bytes' });
    const schema = {
      ...avroRecord(
        { name: 'image', type: 'int' },
        { name: 'payload', type: ['null', { ...inner, name: 'P' }] },
      ),
    };
    const mapping = { image: ['payload', 'bytes'] };
    const { resolve } = setUp({ 7: found('AVRO', schema) }, mapping);
    expect(await resolve(7, Buffer.concat([Buffer.from([2, 2]), image]))).toMatchObject({ value: IMAGE });
    expect(await resolve(7, Buffer.from([2, 0]))).toMatchObject({
      code: 'RECORD_INVALID',
      message: 'the record has no usable image: the field of the image is empty',
    });
  });

  it.each([
    [
      'payload',
      [
        { name: 'a', type: 'bytes' },
        { name: 'payload', type: 'bytes' },
      ],
      [0],
    ],
    [
      'the only bytes',
      [
        { name: 'n', type: 'int' },
        { name: 'picture', type: ['null', 'bytes'] },
      ],
      [0, 2],
    ],
  ])('finds an image named %s', async (_, fields, before) => {
    const { resolve } = setUp({ 7: found('AVRO', avroRecord(...fields)) });
    expect(await resolve(7, Buffer.concat([Buffer.from(before), image]))).toMatchObject({ value: IMAGE });
  });

  it('opens Protobuf records of any message type of a file', async () => {
    const text = `syntax = "proto3"; package shop; import "other.proto"; import "google/protobuf/timestamp.proto";
      message First { bytes image = 1; google.protobuf.Timestamp at = 2; }
      message Outer { message Photo { string note = 1; repeated int32 no = 2; bytes data = 3; uint64 id = 4; Kind label = 5; Size size = 6; }
      enum Kind { NONE = 0; Bag = 8; } }`;
    const other = 'syntax = "proto3"; package shop; message Size { int32 width = 1; }';
    const reference = { name: 'other.proto', subject: 'other', version: 3 };
    const { resolve } = setUp({ 7: found('PROTOBUF', text, [reference]), 3: found('PROTOBUF', other) });
    const root = protobuf.parse(other, new protobuf.Root()).root;
    root.addJSON(protobuf.common.get('google/protobuf/timestamp.proto')?.nested ?? {});
    protobuf.parse(text, root);
    const encoded = (name: string, value: object) =>
      Buffer.from(root.lookupType(name).encode(root.lookupType(name).fromObject(value)).finish());
    const first = Buffer.concat([
      Buffer.from([0]),
      encoded('shop.First', { image: IMAGE, at: { seconds: 5 } }),
    ]);
    expect(await resolve(7, first)).toEqual({ kind: 'resolved', value: IMAGE });
    const photo = { note: 'x', no: [1, 2], data: IMAGE, id: '18446744073709551615', size: { width: 3 } };
    const nested = (value: object) =>
      Buffer.concat([Buffer.from([4, 2, 0]), encoded('shop.Outer.Photo', { ...photo, ...value })]);
    const about = { kind: 'resolved', value: IMAGE, id: '18446744073709551615' };
    expect(await resolve(7, nested({ label: 8 }))).toEqual({ ...about, label: 'Bag' });
    // The value 0 is not sent.
    expect(await resolve(7, nested({}))).toEqual({ ...about, label: 'NONE' });
    const unknownType = await resolve(7, Buffer.concat([Buffer.from([2, 10]), first]));
    expect(unknownType).toMatchObject({ code: 'RECORD_INVALID' });
  });

  it('opens Protobuf records whose schema is a compiled descriptor', async () => {
    // shop.Photo { string note = 1; bytes image = 2; string id = 3; int32 label = 4; }, by Google's compiler.
    const descriptor =
      'CgtwaG90by5wcm90bxIEc2hvcCI/CgVQaG90bxIMCgRub3RlGAEgASgJEg0KBWltYWdlGAIgASgMEgoKAmlkGAMgASgJEg0KBWxhYmVsGAQgASgFYgZwcm90bzM=';
    const { resolve } = setUp({ 7: found('PROTOBUF', descriptor) });
    const record = Buffer.concat([Buffer.from([0, 0x12, IMAGE.length]), IMAGE]);
    expect(await resolve(7, record)).toEqual({ kind: 'resolved', value: IMAGE, label: '0' });
  });

  it('leaves an envelope of JSON to the workers, and makes one of other fields', async () => {
    const { resolve } = setUp({ 7: found('JSON', {}) });
    const envelope = Buffer.from('{"image":"aGk=","id":"a"}');
    const expected = { kind: 'resolved', contentType: 'application/json' };
    expect(await resolve(7, envelope)).toEqual({ ...expected, value: envelope });
    const other = await resolve(7, Buffer.from('{"data":[1,2],"id":3,"label":"Bag"}'));
    expect(other).toEqual({ ...expected, value: Buffer.from('{"image":[1,2]}'), id: '3', label: 'Bag' });
    const mapped = setUp({ 7: found('JSON', {}) }, { image: ['a', 'b'] });
    const found2 = (await mapped.resolve(7, Buffer.from('{"a":{"b":"https://x/y.png"}}'))) as Resolution;
    expect(found2).toEqual({ ...expected, value: Buffer.from('{"image":"https://x/y.png"}') });
  });

  it('leaves values without a frame, and raw pixels that only look like one, as they are', async () => {
    const { resolver, resolve } = setUp({});
    expect(resolver.resolve({ value: Buffer.from('x'), headers: [] }, never)).toBeNull();
    expect(resolver.resolve({ value: null, headers: [] }, never)).toBeNull();
    expect(await resolve(7, Buffer.alloc(779))).toBeNull();
  });

  it('refuses an unknown schema, after a second question', async () => {
    const { resolve, asked } = setUp({});
    const refusal = { kind: 'refused', code: 'SCHEMA_UNKNOWN' };
    expect(await resolve(9, IMAGE)).toMatchObject(refusal);
    expect(await resolve(9, IMAGE)).toMatchObject(refusal);
    expect(asked).toEqual([9, 9]);
  });

  it('postpones what the registry does not answer, also for a reference, and keeps none of that', async () => {
    const down = { kind: 'unavailable', reason: 'the registry is down', retryAfterMs: 5 } as const;
    const broken: Record<number, RegistryAnswer<RegisteredSchema>> = {
      8: down,
      9: found('AVRO', '"x"', [{ name: 'x', subject: 's', version: 1 }]),
    };
    const { resolve } = setUp(broken);
    expect(await resolve(8, IMAGE)).toEqual({ kind: 'postponed', reason: down.reason, retryAfterMs: 5 });
    expect(await resolve(9, IMAGE)).toMatchObject({ kind: 'postponed' });
    broken[8] = found('AVRO', '"bytes"');
    expect(await resolve(8, image)).toMatchObject({ kind: 'resolved', value: IMAGE });
  });

  it.each([
    ['bytes that end too early', avroRecord({ name: 'image', type: 'bytes' }), 'bytes are expected'],
    [
      'a schema without an image',
      avroRecord({ name: 'n', type: 'int' }),
      'set input.schema.image to one of n',
    ],
    ['a schema that is invalid', { type: 'nonsense' }, 'the type nonsense is not defined'],
    [
      'an image that is a record',
      avroRecord({ name: 'image', type: { ...avroRecord({ name: 'n', type: 'int' }), name: 'I' } }),
      'a record',
    ],
    [
      'an id that is a list',
      avroRecord({ name: 'image', type: 'bytes' }, { name: 'id', type: { type: 'array', items: 'int' } }),
      '',
    ],
  ])('refuses %s', async (_, schema, message) => {
    const { resolve } = setUp({ 7: found('AVRO', schema) });
    const answer = await resolve(7, Buffer.from([20]));
    expect(answer).toMatchObject({ kind: 'refused', code: 'RECORD_INVALID' });
    expect((answer as { message: string }).message).toContain(message);
  });

  it('refuses a value above the limit, unread', async () => {
    const { resolve, asked } = setUp({});
    expect(await resolve(7, Buffer.alloc(1_000))).toMatchObject({ code: 'TOO_LARGE_BYTES' });
    expect(asked).toEqual([]);
  });
});
