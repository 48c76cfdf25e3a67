import { ATTRIBUTE, EXTERNAL, FUNCTION, GRAPH, MAX_FILE_BYTES, MODEL, NODE, SPARSE, TENSOR } from './fields';
import { FieldBudget, fieldsOf, textOf, varintBytes, type ProtobufField } from './protobuf';

/** Where the bytes of a tensor are. */
interface Place {
  /** Name of the file, relative to the folder of the model. */
  readonly location: string;
  readonly offset: number;
  /** Up to the end of the file if absent. */
  readonly length: number | undefined;
}

/** Bytes in several pieces, so that each level of a message does not copy them. */
interface Pieces {
  readonly list: readonly Uint8Array[];
  readonly length: number;
}

/** Messages that contain tensors, by the number of their field. */
type Kind = 'model' | 'graph' | 'function' | 'node' | 'attribute' | 'sparse' | 'tensor';
const INSIDE: Readonly<Record<Kind, ReadonlyMap<number, Kind>>> = {
  model: new Map([
    [MODEL.graph, 'graph'],
    [MODEL.functions, 'function'],
  ]),
  graph: new Map([
    [GRAPH.node, 'node'],
    [GRAPH.initializer, 'tensor'],
    [GRAPH.sparse, 'sparse'],
  ]),
  function: new Map([[FUNCTION.node, 'node']]),
  node: new Map([[NODE.attribute, 'attribute']]),
  attribute: new Map([
    ...ATTRIBUTE.graphs.map((number) => [number, 'graph'] as const),
    ...ATTRIBUTE.tensors.map((number) => [number, 'tensor'] as const),
    ...ATTRIBUTE.sparse.map((number) => [number, 'sparse'] as const),
  ]),
  sparse: new Map([
    [SPARSE.values, 'tensor'],
    [SPARSE.indices, 'tensor'],
  ]),
  tensor: new Map(),
};

/**
 * An ONNX model with the weights of other files copied into it. `describeOnnx` must have read the model, because that
 * bounds its levels. Throws RangeError for weights that a file does not have, and for a result that is too large.
 */
export function withDataInside(
  model: Uint8Array,
  files: ReadonlyMap<string, Uint8Array>,
): Uint8Array<ArrayBuffer> {
  const pieces = new DataCopier(files).message(model, 'model');
  return pieces ? new Uint8Array(Buffer.concat(pieces.list, pieces.length)) : new Uint8Array(model);
}

/** Reads `external_data` of a tensor. Throws RangeError for malformed numbers. */
export function placeOf(tensor: Uint8Array, budget: FieldBudget): Place {
  const found = new Map<string, string>();
  for (const field of fieldsOf(tensor, budget)) {
    if (field.number !== TENSOR.externalData) continue;
    const [key, value] = [1, 2].map((number) => {
      const entry = [...fieldsOf(field.bytes, budget)].findLast((one) => one.number === number);
      return entry === undefined ? '' : textOf(entry.bytes);
    });
    found.set(key!, value!);
  }
  const location = found.get('location') ?? '';
  if (location === '') throw new RangeError('a tensor has its data in another file without a name');
  const length = found.get('length');
  return {
    location,
    offset: sizeIn(found.get('offset') ?? '0'),
    length: length === undefined ? undefined : sizeIn(length),
  };
}

function sizeIn(text: string): number {
  if (/^\d{1,15}$/.test(text)) return Number(text);
  throw new RangeError(
    `a tensor has its data at ${JSON.stringify(text.slice(0, 40))}, which is not a number`,
  );
}

class DataCopier {
  readonly #budget = new FieldBudget();
  /** A small file could have the same large weights many times. */
  #copied = 0;

  constructor(private readonly files: ReadonlyMap<string, Uint8Array>) {}

  /** Undefined if nothing in the message changes. */
  message(message: Uint8Array, kind: Kind): Pieces | undefined {
    const list: Uint8Array[] = [];
    let [copiedUpTo, isChanged] = [0, false];
    for (const field of fieldsOf(message, this.#budget)) {
      const changed = this.#changed(field, kind);
      if (changed === undefined) continue;
      list.push(
        message.subarray(copiedUpTo, field.start),
        header(field.number, changed.length),
        ...changed.list,
      );
      copiedUpTo = field.end;
      isChanged = true;
    }
    list.push(message.subarray(copiedUpTo));
    return isChanged ? joined(list) : undefined;
  }

  #changed({ number, bytes }: ProtobufField, kind: Kind): Pieces | undefined {
    const inside = INSIDE[kind].get(number);
    if (inside === undefined) return undefined;
    return inside === 'tensor' ? this.#tensor(bytes) : this.message(bytes, inside);
  }

  #tensor(tensor: Uint8Array): Pieces | undefined {
    const fields = [...fieldsOf(tensor, this.#budget)];
    const location = fields.findLast(({ number }) => number === TENSOR.location);
    if (location?.value !== EXTERNAL) return undefined;
    const data = this.#dataAt(placeOf(tensor, this.#budget));
    const replaced: readonly number[] = [TENSOR.raw, TENSOR.externalData, TENSOR.location];
    const kept = fields.filter(({ number }) => !replaced.includes(number));
    return joined([
      ...kept.map(({ start, end }) => tensor.subarray(start, end)),
      header(TENSOR.raw, data.length),
      data,
    ]);
  }

  #dataAt({ location, offset, length }: Place): Uint8Array {
    const file = this.files.get(location) ?? new Uint8Array(0);
    const end = length === undefined ? file.length : offset + length;
    if (offset > end || end > file.length)
      throw new RangeError(`${location} has ${file.length} bytes, but a tensor is at ${offset} to ${end}`);
    this.#copied += end - offset;
    if (this.#copied > MAX_FILE_BYTES)
      throw new RangeError(`its weights have more than ${MAX_FILE_BYTES} bytes`);
    return file.subarray(offset, end);
  }
}

function joined(list: readonly Uint8Array[]): Pieces {
  return { list, length: list.reduce((sum, { length }) => sum + length, 0) };
}

const LENGTH_DELIMITED = 2;

function header(number: number, length: number): Uint8Array {
  return Uint8Array.from([...varintBytes(number * 8 + LENGTH_DELIMITED), ...varintBytes(length)]);
}
