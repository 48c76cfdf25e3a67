import { AvroCursor } from './avro-cursor';

const MOST_INDEXES = 32;

/** The message type of a Protobuf record, and what follows it. Source: Confluent's documentation of the wire format. */
export interface TypedRecord {
  readonly indexes: readonly number[];
  readonly rest: Buffer;
}

/** Zigzag varints like those of Avro: a count, and as many indexes; a count of 0 means the first type. Throws RangeError. */
export function readMessageIndexes(bytes: Buffer): TypedRecord {
  if (bytes.length === 0) return { indexes: [0], rest: bytes };
  const cursor = new AvroCursor(bytes);
  const count = cursor.count();
  if (count < 0 || count > MOST_INDEXES) throw new RangeError(`${count} indexes name the message type`);
  const indexes = count === 0 ? [0] : Array.from({ length: count }, () => cursor.count());
  return { indexes, rest: cursor.take(cursor.left) };
}
