/** Wire types of Protocol Buffers that ONNX files have; groups are long obsolete. */
const VARINT = 0;
const FIXED64 = 1;
const BYTES = 2;
const FIXED32 = 5;

/** The bytes of a varint of 64 bits. */
const MOST_VARINT_BYTES = 10;

/** One field of a message, as a view of its bytes. */
export interface ProtobufField {
  readonly number: number;
  /** Of a varint: its value, negative ones included; inexact from 2^53. Otherwise 0. */
  readonly value: number;
  /** Of a string, message or packed list: its bytes. Otherwise empty. */
  readonly bytes: Uint8Array;
  /** Where the whole field starts and ends in the message. */
  readonly start: number;
  readonly end: number;
}

/** Counts the fields that are read of one file, because a small file can have millions of empty ones. */
export class FieldBudget {
  constructor(private left = 500_000) {}

  /** Throws RangeError when the budget is used up. */
  take(): void {
    if (--this.left < 0) throw new RangeError('there are too many fields');
  }
}

/**
 * The fields of a Protocol Buffers message in order, without copying. Throws RangeError for malformed bytes.
 * Source: the encoding chapter of the Protocol Buffers documentation.
 */
export function* fieldsOf(message: Uint8Array, budget: FieldBudget): Generator<ProtobufField> {
  for (let start = 0; start < message.length;) {
    budget.take();
    const tag = varintAt(message, start);
    const [number, type] = [Math.floor(tag.value / 8), tag.value % 8];
    if (number < 1) throw new RangeError(`the field number at byte ${start} is ${number}`);
    const field = valueAt(message, tag.end, type);
    yield { number, start, ...field };
    start = field.end;
  }
}

const NO_BYTES = new Uint8Array(0);

function valueAt(
  message: Uint8Array,
  at: number,
  type: number,
): Pick<ProtobufField, 'value' | 'bytes' | 'end'> {
  switch (type) {
    case VARINT:
      return { ...varintAt(message, at), bytes: NO_BYTES };
    case BYTES: {
      const length = varintAt(message, at);
      const bytes = sliceOf(message, length.end, length.value);
      return { value: 0, bytes, end: length.end + length.value };
    }
    case FIXED64:
    case FIXED32: {
      const length = type === FIXED64 ? 8 : 4;
      return { value: 0, bytes: sliceOf(message, at, length), end: at + length };
    }
    default:
      throw new RangeError(`the wire type at byte ${at} is ${type}`);
  }
}

function sliceOf(message: Uint8Array, at: number, length: number): Uint8Array {
  if (length < 0 || length > message.length - at)
    throw new RangeError(`a field of ${length} bytes at byte ${at} exceeds its message`);
  return message.subarray(at, at + length);
}

/** Negative numbers are written as 64 bits in two's complement: 28 low ones and 36 high ones here. */
function varintAt(message: Uint8Array, at: number): { value: number; end: number } {
  let [low, high] = [0, 0];
  for (let i = 0; i < MOST_VARINT_BYTES; i++) {
    const byte = message[at + i];
    if (byte === undefined) break;
    if (i < 4) low += (byte % 128) * 2 ** (7 * i);
    else high += (byte % 128) * 2 ** (7 * (i - 4));
    if (byte >= 128) continue;
    const signed = high >= 2 ** 35 ? high - 2 ** 36 : high;
    return { value: signed * 2 ** 28 + low, end: at + i + 1 };
  }
  throw new RangeError(`the number at byte ${at} does not end`);
}

const LONGEST_TEXT = 4096;

/** The text of a string field. Throws RangeError for one that is too long for a name. */
export function textOf(bytes: Uint8Array): string {
  if (bytes.length > LONGEST_TEXT) throw new RangeError(`a name has ${bytes.length} bytes`);
  return Buffer.from(bytes).toString('utf8');
}

/** A number from 0 to 2^53 as a varint. */
export function varintBytes(value: number): number[] {
  const bytes: number[] = [];
  let rest = value;
  // No `>>>`: lengths and 64-bit values may exceed 32 bits.
  for (; rest >= 128; rest = Math.floor(rest / 128)) bytes.push((rest % 128) + 128);
  return [...bytes, rest];
}
