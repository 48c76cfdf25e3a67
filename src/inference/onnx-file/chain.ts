import { ProtobufWriter } from '../onnx/protobuf';

/** Numbers in `TensorProto.DataType`. */
export const TYPES = { float32: 1, uint8: 2, int8: 3, int32: 6, int64: 7, float16: 10 } as const;

interface Step {
  readonly operator: string;
  /** Names of constants behind the value. */
  readonly constants: readonly string[];
  readonly attributes: readonly Uint8Array[];
}

/**
 * Operators one after the other, each with the value of the one before it, written as nodes of a `GraphProto`. Constants
 * are nodes, too, because initializers have other rules in old files.
 */
export class Chain {
  readonly #constants: Uint8Array[] = [];
  readonly #steps: Step[] = [];

  /** The prefix keeps names apart from the ones of the file. */
  constructor(private readonly prefix: string) {}

  transpose(order: readonly number[]): this {
    return this.#add('Transpose', [], [integers('perm', order)]);
  }

  /** Reorders the values of an axis. */
  gather(axis: number, order: readonly number[]): this {
    return this.#add('Gather', [this.#int64s(order)], [integer('axis', axis)]);
  }

  cast(type: keyof typeof TYPES): this {
    return this.#add('Cast', [], [integer('to', TYPES[type])]);
  }

  floor(): this {
    return this.#add('Floor', [], []);
  }

  reshape(sizes: readonly number[]): this {
    return this.#add('Reshape', [this.#int64s(sizes)], []);
  }

  /** With a constant of this shape. */
  calculate(operator: 'Mul' | 'Add', values: readonly number[], shape: readonly number[]): this {
    const bytes = new Uint8Array(Float32Array.from(values).buffer);
    return this.#add(operator, [this.#constant('float32', shape, bytes)], []);
  }

  /** The nodes from the value `input` to the value `output`. */
  nodes(input: string, output: string): Uint8Array[] {
    const steps =
      this.#steps.length > 0 ? this.#steps : [{ operator: 'Identity', constants: [], attributes: [] }];
    const written = steps.map(({ operator, constants, attributes }, i) => {
      const from = i === 0 ? input : `${this.prefix}${i - 1}`;
      const to = i === steps.length - 1 ? output : `${this.prefix}${i}`;
      return node(operator, [from, ...constants], to, attributes);
    });
    return [...this.#constants, ...written];
  }

  #add(operator: string, constants: readonly string[], attributes: readonly Uint8Array[]): this {
    this.#steps.push({ operator, constants, attributes });
    return this;
  }

  #int64s(values: readonly number[]): string {
    const bytes = new Uint8Array(BigInt64Array.from(values, BigInt).buffer);
    return this.#constant('int64', [values.length], bytes);
  }

  #constant(type: keyof typeof TYPES, shape: readonly number[], bytes: Uint8Array): string {
    const name = `${this.prefix}constant${this.#constants.length}`;
    const tensor = new ProtobufWriter().varints(1, shape).varint(2, TYPES[type]).bytes(9, bytes).finish();
    const value = new ProtobufWriter().string(1, 'value').bytes(5, tensor).varint(20, ATTRIBUTE.tensor);
    this.#constants.push(node('Constant', [], name, [value.finish()]));
    return name;
  }
}

/** `AttributeProto.AttributeType`. */
const ATTRIBUTE = { int: 2, tensor: 4, ints: 7 } as const;

function node(
  operator: string,
  inputs: readonly string[],
  output: string,
  attributes: readonly Uint8Array[],
): Uint8Array {
  const writer = new ProtobufWriter();
  for (const input of inputs) writer.string(1, input);
  writer.string(2, output).string(3, `make ${output}`).string(4, operator);
  for (const attribute of attributes) writer.bytes(5, attribute);
  return writer.finish();
}

function integer(name: string, value: number): Uint8Array {
  return new ProtobufWriter().string(1, name).varint(3, value).varint(20, ATTRIBUTE.int).finish();
}

function integers(name: string, values: readonly number[]): Uint8Array {
  const writer = new ProtobufWriter().string(1, name);
  for (const value of values) writer.varint(8, value);
  return writer.varint(20, ATTRIBUTE.ints).finish();
}
