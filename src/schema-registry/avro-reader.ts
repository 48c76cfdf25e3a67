import { AvroCursor } from './avro-cursor';
import { leastSize, type AvroType } from './avro-schema';

/** Levels of values inside of each other: a record may contain itself. */
const MOST_LEVELS = 64;
/** Items of a list that is read: more than an image has pixels. */
const MOST_ITEMS = 4_000_000;

/** The fields to read, by name: all of a value, or some of its fields. */
export type Wanted = true | ReadonlyMap<string, Wanted>;

/**
 * The wanted part of a record: bytes as views, a number above 2^53 as a bigint, an enum as text. All else is skipped
 * without being read. Throws RangeError or Error where the bytes do not fit the schema.
 */
export function readAvro(bytes: Buffer, type: AvroType, wanted: Wanted = true): unknown {
  const cursor = new AvroCursor(bytes);
  const value = new AvroReader(cursor).read(type, wanted, 0);
  if (cursor.left > 0) throw new RangeError(`${cursor.left} bytes are left after the record`);
  return value;
}

class AvroReader {
  constructor(private readonly cursor: AvroCursor) {}

  read(type: AvroType, wanted: Wanted, level: number): unknown {
    checkLevel(level);
    const { cursor } = this;
    switch (type.kind) {
      case 'null':
        return null;
      case 'boolean':
        return cursor.byte() === 1;
      case 'int':
      case 'long':
        return cursor.long();
      case 'float':
        return cursor.take(4).readFloatLE();
      case 'double':
        return cursor.take(8).readDoubleLE();
      case 'bytes':
        return cursor.take(cursor.count());
      case 'string':
        return cursor.take(cursor.count()).toString('utf8');
      case 'fixed':
        return cursor.take(type.size);
      case 'enum':
        return oneOf(type.symbols, cursor.count());
      case 'union':
        return this.read(oneOf(type.branches, cursor.count()), wanted, level + 1);
      case 'array':
        return this.#array(type.items, wanted, level);
      case 'map':
        return this.#map(type.items, wanted, level);
      case 'record':
        return this.#record(type, wanted, level);
    }
  }

  #record(type: Extract<AvroType, { kind: 'record' }>, wanted: Wanted, level: number): unknown {
    const values: Record<string, unknown> = Object.create(null) as Record<string, unknown>;
    // Records of nothing but null may be nested a billion times.
    if (leastSize(type) === 0) return values;
    for (const { name, type: inner } of type.fields) {
      const part = wanted === true ? true : wanted.get(name);
      if (part === undefined) this.#skip(inner, level + 1);
      else values[name] = this.read(inner, part, level + 1);
    }
    return values;
  }

  #map(items: AvroType, wanted: Wanted, level: number): unknown {
    const values: Record<string, unknown> = Object.create(null) as Record<string, unknown>;
    this.#blocks(1 + leastSize(items), () => {
      const key = this.cursor.take(this.cursor.count()).toString('utf8');
      const part = wanted === true ? true : wanted.get(key);
      if (part === undefined) this.#skip(items, level + 1);
      else values[key] = this.read(items, part, level + 1);
    });
    return values;
  }

  #array(items: AvroType, wanted: Wanted, level: number): unknown {
    const size = leastSize(items);
    if (size === 0) throw new Error('a list of values without bytes is not supported');
    const values: unknown[] = [];
    this.#blocks(size, () => {
      if (values.length === MOST_ITEMS) throw new RangeError(`a list has more than ${MOST_ITEMS} items`);
      values.push(this.read(items, wanted, level + 1));
    });
    return values;
  }

  #skip(type: AvroType, level: number): void {
    checkLevel(level);
    if (leastSize(type) === 0) return;
    const { cursor } = this;
    switch (type.kind) {
      case 'bytes':
      case 'string':
        return void cursor.take(cursor.count());
      case 'union':
        return this.#skip(oneOf(type.branches, cursor.count()), level + 1);
      case 'array':
        return this.#blocks(leastSize(type.items), () => this.#skip(type.items, level + 1), true);
      case 'map':
        return this.#blocks(
          1 + leastSize(type.items),
          () => {
            cursor.take(cursor.count());
            this.#skip(type.items, level + 1);
          },
          true,
        );
      case 'record':
        for (const field of type.fields) this.#skip(field.type, level + 1);
        return;
      default:
        this.read(type, true, level);
    }
  }

  /** A few bytes may claim billions of items, so the count is compared with the bytes that are left. */
  #blocks(leastBytes: number, item: () => void, skips = false): void {
    for (let count = this.cursor.count(); count !== 0; count = this.cursor.count()) {
      const bytes = count < 0 ? this.cursor.count() : null;
      if (bytes !== null && skips) {
        this.cursor.take(bytes);
        continue;
      }
      const items = Math.abs(count);
      if (items * leastBytes > this.cursor.left)
        throw new RangeError(`a list of ${items} items has only ${this.cursor.left} bytes`);
      if (leastBytes > 0) for (let i = 0; i < items; i++) item();
    }
  }
}

function checkLevel(level: number): void {
  if (level > MOST_LEVELS) throw new RangeError(`the record is nested deeper than ${MOST_LEVELS} levels`);
}

function oneOf<T>(values: readonly T[], index: number): T {
  const found = values[index];
  if (found === undefined) throw new RangeError(`there is no branch or symbol ${index} of ${values.length}`);
  return found;
}
