import { StreamInferError } from '../../../core/errors';
import { MODEL } from './fields';
import { FieldBudget, fieldsOf, type ProtobufField } from './protobuf';
import { GraphReader, type OnnxGraphParts, type OnnxNode, type OnnxTensor } from './graph';

export type { OnnxTensor } from './graph';

export interface OnnxOpset {
  /** Empty for ONNX's own operators. */
  readonly domain: string;
  readonly version: number;
}

/** An ONNX file as far as it matters here, without its weights. */
export interface OnnxDescription {
  readonly irVersion: number;
  readonly opsets: readonly OnnxOpset[];
  /** For example `pytorch 2.1.0`; empty if the file does not say. */
  readonly producer: string;
  /** Without the inputs that are constants of the file. */
  readonly inputs: readonly OnnxTensor[];
  readonly outputs: readonly OnnxTensor[];
  /** Distinct ones without the functions of the file, sorted: `Conv`, or `domain:Name` for another domain. */
  readonly operators: readonly string[];
  /**
   * The operator that makes each output, by the output's name; of operators that only move or cast values, the one
   * before them.
   */
  readonly outputOperators: ReadonlyMap<string, string>;
  /** Operators on the way from the first input to the first one with weights, at most 8. */
  readonly firstOperators: readonly string[];
  /** Whether `firstOperators` shows that the graph scales its input itself. */
  readonly scalesInput: boolean;
  /** Names of the files with weights, relative to the file's folder; empty if all of them are in the file. */
  readonly externalFiles: readonly string[];
}

/** Operators that keep each value; only its place or type changes. */
const MOVES = /^(Identity|Cast|Reshape|Flatten|Squeeze|Unsqueeze|Transpose|Dropout)$/;
/** Operators that change each value by a constant. */
const SCALES = /^(Mul|Div|Add|Sub)$/;
const FIRST_OPERATORS = 8;
const LONGEST_WAY_BACK = 16;

/**
 * Describes the bytes of an ONNX file without executing it. Throws MODEL_CORRUPT for malformed bytes, or more fields or
 * levels than any usual file has.
 */
export function describeOnnx(bytes: Uint8Array): OnnxDescription {
  try {
    return describe(bytes);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    const message = `the file is not a valid ONNX model: ${error.message}`;
    throw new StreamInferError('MODEL_CORRUPT', message, { cause: error });
  }
}

function describe(bytes: Uint8Array): OnnxDescription {
  const budget = new FieldBudget();
  const fields = [...fieldsOf(bytes, budget)];
  const reader = new GraphReader(budget);
  const graph = reader.read(onlyGraph(fields));
  for (const field of fields) if (field.number === MODEL.functions) reader.readFunction(field.bytes);
  const constants = new Set(graph.constants);
  const inputs = graph.inputs.filter(({ name }) => !constants.has(name));
  const firstOperators = operatorsAfter(graph, inputs[0]?.name);
  return {
    irVersion: numberIn(fields, MODEL.irVersion),
    opsets: fields
      .filter(({ number }) => number === MODEL.opsets)
      .map((field) => opsetIn([...fieldsOf(field.bytes, budget)])),
    producer: [MODEL.producer, MODEL.producerVersion]
      .map((field) => textIn(fields, field))
      .join(' ')
      .trim(),
    inputs,
    outputs: graph.outputs,
    operators: [...reader.operators].filter((name) => !reader.functions.has(name)).sort(),
    outputOperators: new Map(graph.outputs.map(({ name }) => [name, operatorBefore(graph, name)])),
    firstOperators,
    scalesInput: firstOperators.some((name) => SCALES.test(name)),
    externalFiles: [...reader.externalFiles],
  };
}

function onlyGraph(fields: readonly ProtobufField[]): Uint8Array {
  const graphs = fields.filter(({ number }) => number === MODEL.graph);
  if (graphs.length !== 1) throw new RangeError(`it has ${graphs.length} graphs`);
  return graphs[0]!.bytes;
}

function opsetIn(fields: readonly ProtobufField[]): OnnxOpset {
  return { domain: textIn(fields, 1), version: numberIn(fields, 2) };
}

function numberIn(fields: readonly ProtobufField[], wanted: number): number {
  return fields.findLast(({ number }) => number === wanted)?.value ?? 0;
}

function textIn(fields: readonly ProtobufField[], wanted: number): string {
  const field = fields.findLast(({ number }) => number === wanted);
  return field === undefined ? '' : Buffer.from(field.bytes).toString('utf8').slice(0, 200);
}

function operatorBefore({ nodes }: OnnxGraphParts, output: string): string {
  const makers = new Map(nodes.flatMap((node) => node.outputs.map((name) => [name, node] as const)));
  let node = makers.get(output);
  for (let i = 0; i < LONGEST_WAY_BACK && node !== undefined && MOVES.test(node.operator); i++) {
    const before = makers.get(node.inputs[0] ?? '');
    if (before === undefined) break;
    node = before;
  }
  return node?.operator ?? '';
}

function operatorsAfter({ nodes }: OnnxGraphParts, input: string | undefined): string[] {
  const operators: string[] = [];
  let value = input;
  while (value !== undefined && operators.length < FIRST_OPERATORS) {
    const node = takerOf(nodes, value);
    if (node === undefined) break;
    operators.push(node.operator);
    value = MOVES.test(node.operator) || SCALES.test(node.operator) ? node.outputs[0] : undefined;
  }
  return operators;
}

/** A Shape is not on the way of the pixels. */
function takerOf(nodes: readonly OnnxNode[], value: string): OnnxNode | undefined {
  return nodes.find(({ inputs, operator }) => operator !== 'Shape' && inputs.includes(value));
}
