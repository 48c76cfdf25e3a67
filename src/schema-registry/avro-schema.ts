/** A schema of Apache Avro. Source: its specification 1.12. Logical types are read as the types below them. */
export type AvroType =
  | { readonly kind: 'null' | 'boolean' | 'int' | 'long' | 'float' | 'double' | 'bytes' | 'string' }
  | { readonly kind: 'fixed'; readonly size: number }
  | { readonly kind: 'enum'; readonly symbols: readonly string[] }
  | { readonly kind: 'array' | 'map'; readonly items: AvroType }
  | { readonly kind: 'union'; readonly branches: readonly AvroType[] }
  | AvroRecord;

export interface AvroRecord {
  readonly kind: 'record';
  readonly name: string;
  readonly fields: readonly AvroField[];
}

export interface AvroField {
  readonly name: string;
  readonly type: AvroType;
}

const PRIMITIVES = new Set(['null', 'boolean', 'int', 'long', 'float', 'double', 'bytes', 'string']);
/** Far beyond any schema of images. */
const MOST_TYPES = 10_000;
const MOST_LEVELS = 64;

/** @param references texts of the schemas that this one names, the innermost first. Throws Error for an invalid schema. */
export function parseAvroSchema(text: string, references: readonly string[] = []): AvroType {
  const parser = new AvroParser();
  for (const reference of references) parser.parse(JSON.parse(reference), '', 0);
  return parser.parse(JSON.parse(text), '', 0);
}

const leastSizes = new WeakMap<AvroType, number>();

/** Least size of a value, bytes. A type of the least size 0 has values of no other size: all others have a byte at least. */
export function leastSize(type: AvroType): number {
  const known = leastSizes.get(type);
  if (known !== undefined) return known;
  // For a record inside of itself: below a union, an array or a map, each of which has a byte of its own.
  leastSizes.set(type, 1);
  const size = sizeWithout(type);
  leastSizes.set(type, size);
  return size;
}

function sizeWithout(type: AvroType): number {
  switch (type.kind) {
    case 'null':
      return 0;
    case 'float':
      return 4;
    case 'double':
      return 8;
    case 'fixed':
      return type.size;
    case 'record':
      return type.fields.reduce((sum, field) => sum + leastSize(field.type), 0);
    default:
      return 1;
  }
}

type Json = Readonly<Record<string, unknown>>;

class AvroParser {
  readonly #named = new Map<string, AvroType>();
  #types = 0;

  parse(schema: unknown, namespace: string, level: number): AvroType {
    if (++this.#types > MOST_TYPES) throw new Error(`it has more than ${MOST_TYPES} types`);
    if (level > MOST_LEVELS) throw new Error(`it is nested deeper than ${MOST_LEVELS} levels`);
    if (typeof schema === 'string') return this.#byName(schema, namespace);
    if (Array.isArray(schema)) {
      const branches = schema.map((branch) => this.parse(branch, namespace, level + 1));
      return { kind: 'union', branches };
    }
    if (typeof schema !== 'object' || schema === null)
      throw new Error('a type is neither a name nor an object');
    return this.#complex(schema as Json, namespace, level);
  }

  #complex(schema: Json, namespace: string, level: number): AvroType {
    switch (schema['type']) {
      case 'record':
      case 'error':
        return this.#record(schema, namespace, level);
      case 'enum':
        return this.#name(schema, namespace, { kind: 'enum', symbols: textsOf(schema['symbols']) });
      case 'fixed':
        return this.#name(schema, namespace, { kind: 'fixed', size: sizeOf(schema['size']) });
      case 'array':
        return { kind: 'array', items: this.parse(schema['items'], namespace, level + 1) };
      case 'map':
        return { kind: 'map', items: this.parse(schema['values'], namespace, level + 1) };
      default:
        return this.parse(schema['type'], namespace, level + 1);
    }
  }

  #record(schema: Json, namespace: string, level: number): AvroType {
    const fields: AvroField[] = [];
    const name = fullName(schema, namespace);
    const record = this.#name(schema, namespace, { kind: 'record', name, fields });
    const inner = name.slice(0, Math.max(0, name.lastIndexOf('.')));
    if (!Array.isArray(schema['fields'])) throw new Error(`the record ${name} has no list of fields`);
    for (const field of schema['fields'] as readonly Json[]) {
      if (typeof field?.['name'] !== 'string') throw new Error(`a field of ${name} has no name`);
      fields.push({ name: field['name'], type: this.parse(field['type'], inner, level + 1) });
    }
    return record;
  }

  /** Before its fields are read, so that a record may contain itself. */
  #name(schema: Json, namespace: string, type: AvroType): AvroType {
    this.#named.set(fullName(schema, namespace), type);
    return type;
  }

  #byName(name: string, namespace: string): AvroType {
    if (PRIMITIVES.has(name)) return { kind: name } as AvroType;
    const inNamespace = name.includes('.') || namespace === '' ? name : `${namespace}.${name}`;
    const found = this.#named.get(inNamespace) ?? this.#named.get(name);
    if (found === undefined) throw new Error(`the type ${name.slice(0, 80)} is not defined`);
    return found;
  }
}

function fullName(schema: Json, namespace: string): string {
  const name = schema['name'];
  if (typeof name !== 'string' || name === '') throw new Error('a named type has no name');
  const own = schema['namespace'];
  const space = typeof own === 'string' ? own : namespace;
  return name.includes('.') || space === '' ? name : `${space}.${name}`;
}

function textsOf(values: unknown): readonly string[] {
  if (Array.isArray(values) && values.every((one) => typeof one === 'string')) return values;
  throw new Error('an enum has no list of symbols');
}

function sizeOf(value: unknown): number {
  if (Number.isSafeInteger(value) && (value as number) >= 0) return value as number;
  throw new Error('a fixed type has no size');
}
