import type { Field, Reader, Type } from 'protobufjs';
import { pathsFor, type FieldMapping, type RecordFields } from './field-mapping';
import { readMessageIndexes } from './message-indexes';
import type { ProtobufLibrary } from './protobuf-library';
import { enumName, isBytes, isEnum, messageOf, parseProtobufSchema } from './protobuf-schema';
import type { RecordReader } from './record-reader';

/** Wire type of bytes, messages and packed lists. */
const LENGTH_DELIMITED = 2;
/** Items of a list that is read: more than an image has pixels. */
const MOST_ITEMS = 4_000_000;

type Part = keyof RecordFields;
type Fields = Partial<Record<Part, unknown>>;

/** The wanted fields of a message by number: a part of the image, or those of the message in the field. */
interface Wanted {
  readonly fields: ReadonlyMap<number, { readonly field: Field; readonly wanted: Part | Wanted }>;
}

/** Throws Error for a schema that cannot be parsed. */
export function createProtobufReader(
  library: ProtobufLibrary,
  text: string,
  references: ReadonlyMap<string, string>,
  mapping: FieldMapping,
): RecordReader {
  const schema = parseProtobufSchema(library, text, references);
  const known = new Map<string, Wanted>();
  const wantedOf = (indexes: readonly number[]): Wanted => {
    const name = indexes.join('.');
    const found = known.get(name) ?? wantedIn(schema.messageAt(indexes), mapping);
    known.set(name, found);
    return found;
  };
  return {
    read({ rest, record }): RecordFields {
      const typed = readMessageIndexes(rest);
      const values: Fields = {};
      const reader = library.Reader.create(record ?? typed.rest);
      readMessage(reader, reader.len, wantedOf(typed.indexes), values);
      return { image: values.image, id: values.id, label: values.label };
    },
  };
}

function wantedIn(type: Type, mapping: FieldMapping): Wanted {
  const top = type.fieldsArray.map((field) => ({ name: field.name, isBytes: isBytes(field) }));
  const paths = pathsFor(mapping, top, (path) => fieldsAt(type, path) !== undefined);
  const fields: Tree = new Map();
  for (const part of ['image', 'id', 'label'] as const) {
    const path = paths[part];
    if (path !== undefined) addPath(fields, fieldsAt(type, path) ?? [], part);
  }
  return { fields };
}

type Tree = Map<number, { readonly field: Field; readonly wanted: Part | { readonly fields: Tree } }>;

function addPath(tree: Tree, [field, ...others]: readonly Field[], part: Part): void {
  if (field === undefined) return;
  if (others.length === 0) return void tree.set(field.id, { field, wanted: part });
  const known = tree.get(field.id)?.wanted;
  const wanted = typeof known === 'object' ? known : { fields: new Map() as Tree };
  tree.set(field.id, { field, wanted });
  addPath(wanted.fields, others, part);
}

/** undefined where there is no such field. */
function fieldsAt(type: Type, path: readonly string[]): readonly Field[] | undefined {
  const found: Field[] = [];
  let at: Type | undefined = type;
  for (const name of path) {
    const field: Field | undefined = at?.fields[name];
    if (field === undefined || field.map) return undefined;
    found.push(field);
    at = messageOf(field);
  }
  return found;
}

/** Other fields are skipped without being read. */
function readMessage(reader: Reader, end: number, { fields }: Wanted, values: Fields): void {
  const { label } = withDefault(fields);
  if (label !== undefined) values.label = label;
  while (reader.pos < end) {
    const tag = reader.uint32();
    const found = fields.get(tag >>> 3);
    if (found === undefined) reader.skipType(tag & 7);
    else if (typeof found.wanted === 'object')
      readMessage(reader, reader.uint32() + reader.pos, found.wanted, values);
    else values[found.wanted] = readField(reader, found.field, tag & 7, values[found.wanted]);
  }
}

/** A number 0 without presence is not sent: class 0 would have no label. */
function withDefault(fields: Wanted['fields']): Fields {
  for (const { field, wanted } of fields.values()) {
    if (wanted !== 'label' || field.repeated || field.hasPresence || field.type === 'string') continue;
    return { label: enumName(field, 0) ?? 0 };
  }
  return {};
}

function readField(reader: Reader, field: Field, wireType: number, before: unknown): unknown {
  if (!field.repeated) return readScalar(reader, field);
  const values = Array.isArray(before) ? (before as unknown[]) : [];
  const isPacked = wireType === LENGTH_DELIMITED && field.type !== 'bytes' && field.type !== 'string';
  const end = isPacked ? reader.uint32() + reader.pos : reader.pos + 1;
  while (reader.pos < end) {
    if (values.length === MOST_ITEMS) throw new RangeError(`a list has more than ${MOST_ITEMS} items`);
    values.push(readScalar(reader, field));
  }
  return values;
}

type Scalar =
  'double' | 'float' | 'int32' | 'uint32' | 'sint32' | 'fixed32' | 'sfixed32' | 'int64' | 'uint64';

function readScalar(reader: Reader, field: Field): unknown {
  if (messageOf(field) !== undefined) throw new Error(`the field ${field.name} is a message`);
  if (isEnum(field)) {
    const value = reader.int32();
    return enumName(field, value) ?? value;
  }
  const value: unknown = reader[field.type as Scalar]();
  return isLong(value) ? BigInt(value.toString()) : value;
}

/** An integer of 64 bits. */
function isLong(value: unknown): value is { toString(): string } {
  return typeof value === 'object' && value !== null && 'unsigned' in value;
}
