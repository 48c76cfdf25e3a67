import type { Header } from '../core/message';

/** Magic bytes of Confluent's wire format: an id of four bytes follows, or a GUID of sixteen. */
const ID = 0;
const GUID = 1;
const ID_BYTES = 4;
const GUID_BYTES = 16;

/** Header with the schema of the value, in the same form as in front of a value. */
const HEADER = '__value_schema_id';

/** A value with the name of its schema. Source: Confluent's documentation of the wire format. */
export interface Framed {
  /** Of the schema: its number, or its GUID in lower case. */
  readonly schema: number | string;
  /** What follows the id: for Protobuf the indexes of the message type, in the header or before the record. */
  readonly rest: Buffer;
  /** The record; undefined where it is in `rest`, after the indexes if there are any. */
  readonly record?: Buffer;
}

/** null where neither a header nor the value names a schema. */
export function framedIn(value: Buffer, headers: readonly Header[]): Framed | null {
  const header = headers.length === 0 ? undefined : headerBytes(headers);
  const inHeader = header && readFrame(header);
  if (inHeader) return { ...inHeader, record: value };
  return value[0] === ID ? readFrame(value) : null;
}

/** In front of a record with the schema of that id. */
export function frame(id: number): Buffer {
  const bytes = Buffer.alloc(1 + ID_BYTES);
  bytes.writeUInt32BE(id, 1);
  return bytes;
}

function readFrame(bytes: Buffer): Framed | null {
  // Registries count from 1, and raw pixels often begin with zeros.
  if (bytes[0] === ID && bytes.length >= 1 + ID_BYTES && bytes.readUInt32BE(1) > 0)
    return { schema: bytes.readUInt32BE(1), rest: bytes.subarray(1 + ID_BYTES) };
  if (bytes[0] === GUID && bytes.length >= 1 + GUID_BYTES)
    return { schema: toGuid(bytes.subarray(1, 1 + GUID_BYTES)), rest: bytes.subarray(1 + GUID_BYTES) };
  return null;
}

function headerBytes(headers: readonly Header[]): Buffer | undefined {
  const found = headers.find(([name]) => name.toLowerCase() === HEADER)?.[1];
  return typeof found === 'string' ? Buffer.from(found, 'latin1') : found;
}

function toGuid(bytes: Buffer): string {
  return bytes.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}
