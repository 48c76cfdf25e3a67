import { StreamInferError } from '../../core/errors';
import { ProtobufWriter } from './protobuf';

/** Names of ONNX's element types with their numbers in `TensorProto.DataType`. */
const ELEMENT_TYPES = { float: 1, uint8: 2, int8: 3, int32: 6, int64: 7 } as const;
export type ElementType = keyof typeof ELEMENT_TYPES;

/** `AttributeProto.AttributeType`. */
const ATTRIBUTE_TYPES = { float: 1, int: 2, string: 3, ints: 7 } as const;

/** Newest operator set and format version with the operators used here; supported by onnxruntime 1.17 and later. */
const OPSET = 17;
const IR_VERSION = 8;

/** Bytes of all constants. A format of 2 GiB at most; a small hostile model could use a large layer many times. */
const MAX_BYTES = 2 ** 30;

/** A number is written as int, `{ float }` as float, a list as ints. */
export type Attributes = Readonly<Record<string, number | string | readonly number[] | { float: number }>>;

export interface Constant {
  readonly type: ElementType;
  readonly shape: readonly number[];
  readonly data: ArrayBufferView;
}

/** An ONNX graph with one input, built node by node and written as a `ModelProto`. */
export class OnnxGraph {
  readonly #nodes: Uint8Array[] = [];
  readonly #initializers: Uint8Array[] = [];
  readonly #names = new Map<string, number>();
  #bytes = 0;

  /** Adds an operator; returns the name of its (first) output. */
  node(operator: string, inputs: readonly string[], attributes: Attributes = {}, output?: string): string {
    const name = output ?? this.#unique(operator.toLowerCase());
    const writer = new ProtobufWriter();
    for (const input of inputs) writer.string(1, input);
    writer.string(2, name).string(3, name).string(4, operator);
    for (const [key, value] of Object.entries(attributes)) {
      writer.message(5, (attribute) => writeAttribute(attribute, key, value));
    }
    this.#nodes.push(writer.finish());
    return name;
  }

  /** Adds a tensor with fixed values; returns its name. */
  constant(name: string, { type, shape, data }: Constant): string {
    const unique = this.#unique(name);
    this.#bytes += data.byteLength;
    if (this.#bytes > MAX_BYTES)
      throw new StreamInferError(
        'MODEL_UNSUPPORTED',
        `the model has more than ${MAX_BYTES} bytes of weights`,
      );
    const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
    const writer = new ProtobufWriter().varints(1, shape).varint(2, ELEMENT_TYPES[type]);
    this.#initializers.push(writer.string(8, unique).bytes(9, bytes).finish());
    return unique;
  }

  floats(name: string, shape: readonly number[], data: Float32Array): string {
    return this.constant(name, { type: 'float', shape, data });
  }

  /** The bytes of the model. null in a shape is the batch size. */
  finish(input: TensorDescription, outputs: readonly TensorDescription[]): Uint8Array {
    return new ProtobufWriter()
      .varint(1, IR_VERSION)
      .string(2, 'stream-infer')
      .message(7, (graph) => {
        for (const node of this.#nodes) graph.bytes(1, node);
        graph.string(2, 'model');
        for (const initializer of this.#initializers) graph.bytes(5, initializer);
        graph.message(11, (value) => writeTensorDescription(value, input));
        for (const output of outputs) graph.message(12, (value) => writeTensorDescription(value, output));
      })
      .message(8, (opset) => opset.string(1, '').varint(2, OPSET))
      .finish();
  }

  #unique(name: string): string {
    const count = (this.#names.get(name) ?? 0) + 1;
    this.#names.set(name, count);
    return `${name}:${count}`;
  }
}

export interface TensorDescription {
  readonly name: string;
  readonly type: ElementType;
  /** null: inferred by onnxruntime. */
  readonly shape: readonly (number | null)[] | null;
}

function writeAttribute(writer: ProtobufWriter, name: string, value: Attributes[string]): void {
  writer.string(1, name);
  if (typeof value === 'number') writer.varint(3, value).varint(20, ATTRIBUTE_TYPES.int);
  else if (typeof value === 'string') writer.string(4, value).varint(20, ATTRIBUTE_TYPES.string);
  else if ('float' in value) writer.float(2, value.float).varint(20, ATTRIBUTE_TYPES.float);
  else writer.varints(8, value).varint(20, ATTRIBUTE_TYPES.ints);
}

function writeTensorDescription(writer: ProtobufWriter, { name, type, shape }: TensorDescription): void {
  writer.string(1, name).message(2, (typeProto) =>
    typeProto.message(1, (tensor) => {
      tensor.varint(1, ELEMENT_TYPES[type]);
      if (shape === null) return;
      tensor.message(2, (shapeProto) => {
        for (const size of shape) {
          shapeProto.message(1, (dim) => (size === null ? dim.string(2, 'batch') : dim.varint(1, size)));
        }
      });
    }),
  );
}
