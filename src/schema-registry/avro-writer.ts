import type { AvroType } from './avro-schema';

/** The bytes of a value of one of the program's own schemas. Throws Error where the value does not fit. */
export function writeAvro(type: AvroType, value: unknown): Buffer {
  const parts: Buffer[] = [];
  write(type, value, parts);
  return Buffer.concat(parts);
}

/** Kinds of which no schema of this program has one are missing. */
function write(type: AvroType, value: unknown, parts: Buffer[]): void {
  switch (type.kind) {
    case 'null':
      return;
    case 'boolean':
      return void parts.push(Buffer.from([value === true ? 1 : 0]));
    case 'int':
      return void parts.push(long(value as number));
    case 'double':
      return void parts.push(double(value as number));
    case 'string': {
      const bytes = Buffer.from(value as string);
      return void parts.push(long(bytes.length), bytes);
    }
    case 'array': {
      const items = value as readonly unknown[];
      if (items.length > 0) parts.push(long(items.length));
      for (const item of items) write(type.items, item, parts);
      return void parts.push(long(0));
    }
    case 'union': {
      const isAbsent = value === undefined || value === null;
      const at = type.branches.findIndex(({ kind }) => (kind === 'null') === isAbsent);
      parts.push(long(at));
      return write(type.branches[at] as AvroType, value, parts);
    }
    case 'record':
      for (const field of type.fields)
        write(field.type, (value as Readonly<Record<string, unknown>>)[field.name], parts);
      return;
    default:
      throw new Error(`a value of ${type.kind} is not written`);
  }
}

/** A zigzag varint of a number below 2^31. */
function long(value: number): Buffer {
  let left = ((value << 1) ^ (value >> 31)) >>> 0;
  const bytes: number[] = [];
  for (; left > 0x7f; left >>>= 7) bytes.push((left & 0x7f) | 0x80);
  return Buffer.from([...bytes, left]);
}

function double(value: number): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeDoubleLE(value);
  return bytes;
}
