import { varintBytes } from '../../models/files/onnx/protobuf';

/**
 * Writes the Protocol Buffers messages that ONNX needs: varints, floats and length-delimited fields.
 * Source: the encoding chapter of the Protocol Buffers documentation.
 */
export class ProtobufWriter {
  readonly #chunks: Uint8Array[] = [];

  /** int32, int64, enum; not negative. */
  varint(field: number, value: number): this {
    this.#chunks.push(encodeVarint(field * 8), encodeVarint(value));
    return this;
  }

  /** A packed `repeated int64`. */
  varints(field: number, values: readonly number[]): this {
    return this.bytes(field, Buffer.concat(values.map(encodeVarint)));
  }

  float(field: number, value: number): this {
    const bytes = Buffer.alloc(4);
    bytes.writeFloatLE(value);
    this.#chunks.push(encodeVarint(field * 8 + 5), bytes);
    return this;
  }

  bytes(field: number, value: Uint8Array): this {
    this.#chunks.push(encodeVarint(field * 8 + 2), encodeVarint(value.length), value);
    return this;
  }

  string(field: number, value: string): this {
    return this.bytes(field, Buffer.from(value));
  }

  message(field: number, write: (inner: ProtobufWriter) => void): this {
    const inner = new ProtobufWriter();
    write(inner);
    return this.bytes(field, inner.finish());
  }

  finish(): Uint8Array {
    return Buffer.concat(this.#chunks);
  }
}

function encodeVarint(value: number): Uint8Array {
  if (!Number.isSafeInteger(value) || value < 0) throw new RangeError(`${value} is not an unsigned integer`);
  return Uint8Array.from(varintBytes(value));
}
