import { ATTRIBUTE, EXTERNAL, FUNCTION, GRAPH, NODE, SPARSE, TENSOR } from './fields';
import { placeOf } from './external-data';
import { fieldsOf, textOf, type FieldBudget, type ProtobufField } from './protobuf';

/** An input or output of a graph. */
export interface OnnxTensor {
  readonly name: string;
  /** For example `float32`; `other` for anything that is not a tensor of numbers. */
  readonly type: string;
  /** A number, the name of a size that is not fixed, or null for an unnamed one; null if the file has no shape. */
  readonly dims: readonly (number | string | null)[] | null;
}

export interface OnnxNode {
  readonly operator: string;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
}

export interface OnnxGraphParts {
  readonly nodes: readonly OnnxNode[];
  /** Names of the graph's constants. */
  readonly constants: readonly string[];
  readonly inputs: readonly OnnxTensor[];
  readonly outputs: readonly OnnxTensor[];
}

/** Graphs inside of the attributes of nodes. */
const MOST_LEVELS = 16;
const MOST_DIMS = 16;

/** `TensorProto.DataType`. */
const TYPES: Readonly<Record<number, string>> = {
  1: 'float32',
  2: 'uint8',
  3: 'int8',
  4: 'uint16',
  5: 'int16',
  6: 'int32',
  7: 'int64',
  8: 'string',
  9: 'bool',
  10: 'float16',
  11: 'float64',
  12: 'uint32',
  13: 'uint64',
  16: 'bfloat16',
};

/** Reads `GraphProto` and `FunctionProto`. All methods throw RangeError for malformed bytes. */
export class GraphReader {
  /** Of all graphs and functions read so far: `Conv`, or `domain:Name`. */
  readonly operators = new Set<string>();
  /** Functions that the file defines itself, under the same kind of name. */
  readonly functions = new Set<string>();
  /** Names of the files with weights. */
  readonly externalFiles = new Set<string>();

  constructor(private readonly budget: FieldBudget) {}

  read(graph: Uint8Array, level = 0): OnnxGraphParts {
    if (level > MOST_LEVELS) throw new RangeError('its graphs are nested too deeply');
    const nodes: OnnxNode[] = [];
    const constants: string[] = [];
    const inputs: OnnxTensor[] = [];
    const outputs: OnnxTensor[] = [];
    for (const { number, bytes } of this.#fields(graph)) {
      if (number === GRAPH.node) nodes.push(this.#node(bytes, level));
      else if (number === GRAPH.initializer) constants.push(this.#constant(bytes));
      else if (number === GRAPH.sparse) constants.push(this.#sparse(bytes));
      else if (number === GRAPH.input) inputs.push(this.#tensor(bytes));
      else if (number === GRAPH.output) outputs.push(this.#tensor(bytes));
    }
    return { nodes, constants, inputs, outputs };
  }

  readFunction(message: Uint8Array): void {
    let [name, domain] = ['', ''];
    for (const { number, bytes } of this.#fields(message)) {
      if (number === FUNCTION.name) name = textOf(bytes);
      else if (number === FUNCTION.domain) domain = textOf(bytes);
      else if (number === FUNCTION.node) this.#node(bytes, 0);
    }
    this.functions.add(fullName(domain, name));
  }

  #fields(message: Uint8Array): Iterable<ProtobufField> {
    return fieldsOf(message, this.budget);
  }

  #node(node: Uint8Array, level: number): OnnxNode {
    const inputs: string[] = [];
    const outputs: string[] = [];
    let [operator, domain] = ['', ''];
    for (const { number, bytes } of this.#fields(node)) {
      if (number === NODE.input) inputs.push(textOf(bytes));
      else if (number === NODE.output) outputs.push(textOf(bytes));
      else if (number === NODE.operator) operator = textOf(bytes);
      else if (number === NODE.domain) domain = textOf(bytes);
      else if (number === NODE.attribute) this.#attribute(bytes, level);
    }
    if (operator === '') throw new RangeError('a node has no operator');
    const name = fullName(domain, operator);
    this.operators.add(name);
    return { operator: name, inputs, outputs };
  }

  #attribute(attribute: Uint8Array, level: number): void {
    for (const { number, bytes } of this.#fields(attribute)) {
      if (ATTRIBUTE.graphs.includes(number)) this.read(bytes, level + 1);
      else if (ATTRIBUTE.tensors.includes(number)) this.#constant(bytes);
      else if (ATTRIBUTE.sparse.includes(number)) this.#sparse(bytes);
    }
  }

  /** Returns its name. */
  #constant(tensor: Uint8Array): string {
    let name = '';
    let isExternal = false;
    for (const { number, bytes, value } of this.#fields(tensor)) {
      if (number === TENSOR.name) name = textOf(bytes);
      else if (number === TENSOR.location) isExternal = value === EXTERNAL;
    }
    if (isExternal) this.externalFiles.add(placeOf(tensor, this.budget).location);
    return name;
  }

  #sparse(tensor: Uint8Array): string {
    const { values, indices } = SPARSE;
    const [name = ''] = [values, indices].map((number) => {
      const field = last(this.#fields(tensor), number);
      return field === undefined ? '' : this.#constant(field.bytes);
    });
    return name;
  }

  #tensor(value: Uint8Array): OnnxTensor {
    const name = textOf(last(this.#fields(value), 1)?.bytes ?? new Uint8Array(0));
    const type = last(this.#fields(value), 2);
    const tensor = type && last(this.#fields(type.bytes), 1);
    if (tensor === undefined) return { name, type: 'other', dims: null };
    const element = last(this.#fields(tensor.bytes), 1)?.value ?? 0;
    const shape = last(this.#fields(tensor.bytes), 2);
    return { name, type: TYPES[element] ?? 'other', dims: shape ? this.#dims(shape.bytes) : null };
  }

  #dims(shape: Uint8Array): (number | string | null)[] {
    const dims: (number | string | null)[] = [];
    for (const { number, bytes } of this.#fields(shape)) {
      if (number !== 1) continue;
      if (dims.length === MOST_DIMS) throw new RangeError(`a tensor has more than ${MOST_DIMS} dimensions`);
      dims.push(this.#dim(bytes));
    }
    return dims;
  }

  /** Exporters write 0 or −1 for a size that is not fixed, too. */
  #dim(bytes: Uint8Array): number | string | null {
    const size = last(this.#fields(bytes), 1)?.value ?? 0;
    if (size > 0) return size;
    const name = last(this.#fields(bytes), 2);
    return name ? textOf(name.bytes) : null;
  }
}

/** ONNX's own operators have no domain. */
function fullName(domain: string, name: string): string {
  return domain === '' || domain === 'ai.onnx' ? name : `${domain}:${name}`;
}

/** The last occurrence of a field counts. */
function last(fields: Iterable<ProtobufField>, wanted: number): ProtobufField | undefined {
  let found: ProtobufField | undefined;
  for (const field of fields) if (field.number === wanted) found = field;
  return found;
}
