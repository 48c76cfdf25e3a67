import { StreamInferError } from '../../core/errors';
import type { ModelFiles, OnnxNetwork } from '../../models/files/model';
import { describeOnnx, type OnnxDescription } from '../../models/files/onnx/file';
import { FieldBudget, fieldsOf } from '../../models/files/onnx/protobuf';
import { ProtobufWriter } from '../onnx/protobuf';
import { Chain, TYPES } from './chain';
import { pixelSizes, preprocess } from './preprocess';

/** The new input of a rewritten model. */
export const PIXELS = 'stream-infer/pixels';
const VALUES = 'stream-infer/values';

/** The new outputs of a rewritten model: one, or all that describe objects. */
export function valuesOf({ outputs }: OnnxNetwork): readonly string[] {
  return outputs === undefined ? [VALUES] : outputs.map((_, i) => `${VALUES}/${i}`);
}

/** The first version whose arithmetic takes constants of another shape; onnxruntime has no older ones either. */
const LEAST_OPSET = 7;
/** For the remedy: every version of onnxruntime since 2021 has it. */
const RECENT_OPSET = 13;

/** Field numbers of `ModelProto` and `GraphProto`. */
const MODEL_GRAPH = 7;
const GRAPH = { node: 1, input: 11, output: 12 } as const;

/**
 * The bytes of an ONNX model that takes uint8 pixels and has float32 outputs: the file with preprocessing as its first
 * nodes. Everything else is copied. Throws MODEL_UNSUPPORTED or MODEL_CORRUPT.
 */
export function withPixelInput(network: OnnxNetwork, files: ModelFiles): Uint8Array {
  const { input } = network;
  const { shape, preprocessing } = files;
  return rewritten(network, files, {
    type: TYPES.uint8,
    sizes: pixelSizes(shape, input.layout),
    first: preprocess(input, shape, preprocessing),
  });
}

/** The same without preprocessing: the model takes its own numbers as float32. */
export function withNumberInput(network: OnnxNetwork, files: ModelFiles): Uint8Array {
  const { type, shape } = network.input;
  const first = new Chain('stream-infer/input/');
  return rewritten(network, files, {
    type: TYPES.float32,
    sizes: shape,
    first: type === 'float32' ? first : first.cast(type),
  });
}

/** The new input, and the operators from it to the input of the network. */
interface NewInput {
  readonly type: number;
  /** Of one image. */
  readonly sizes: readonly number[];
  readonly first: Chain;
}

function rewritten(network: OnnxNetwork, files: ModelFiles, input: NewInput): Uint8Array {
  const description = describeOnnx(network.bytes);
  assertUsable(network, description, files.dir);
  const graph = new ProtobufWriter();
  const pieces: Uint8Array[] = [];
  for (const { number, bytes, start, end } of fieldsOf(network.bytes, new FieldBudget())) {
    if (number !== MODEL_GRAPH) pieces.push(network.bytes.subarray(start, end));
    else graph.bytes(MODEL_GRAPH, graphOf(bytes, network, input));
  }
  return Buffer.concat([...pieces, graph.finish()]);
}

function graphOf(graph: Uint8Array, network: OnnxNetwork, { type, sizes, first }: NewInput): Uint8Array {
  const { input } = network;
  const values = valuesOf(network);
  const last = outputsOf(network).flatMap((output, i) =>
    new Chain(`stream-infer/output/${i}/`).cast('float32').nodes(output, values[i]!),
  );
  const kept: Uint8Array[] = [];
  for (const { number, bytes, start, end } of fieldsOf(graph, new FieldBudget())) {
    const isReplaced = number === GRAPH.output || (number === GRAPH.input && nameOf(bytes) === input.name);
    if (!isReplaced) kept.push(graph.subarray(start, end));
  }
  return Buffer.concat([
    nodesOf(first.nodes(PIXELS, input.name)),
    ...kept,
    nodesOf(last),
    new ProtobufWriter().bytes(GRAPH.input, valueOf(PIXELS, type, [input.batch ?? null, ...sizes])).finish(),
    ...values.map((name) => new ProtobufWriter().bytes(GRAPH.output, valueOf(name, TYPES.float32)).finish()),
  ]);
}

/** Names of the outputs that are read. */
function outputsOf({ output, outputs = [output] }: OnnxNetwork): readonly string[] {
  return outputs;
}

function nodesOf(nodes: readonly Uint8Array[]): Uint8Array {
  const writer = new ProtobufWriter();
  for (const node of nodes) writer.bytes(GRAPH.node, node);
  return writer.finish();
}

/** A `ValueInfoProto`; without sizes, onnxruntime infers them. */
function valueOf(name: string, type: number, sizes?: readonly (number | null)[]): Uint8Array {
  const shape = new ProtobufWriter();
  for (const size of sizes ?? [])
    shape.message(1, (dim) => (size === null ? dim.string(2, 'stream-infer/batch') : dim.varint(1, size)));
  const tensor = new ProtobufWriter().varint(1, type);
  if (sizes) tensor.bytes(2, shape.finish());
  return new ProtobufWriter()
    .string(1, name)
    .message(2, (typeProto) => typeProto.bytes(1, tensor.finish()))
    .finish();
}

/** Of a `ValueInfoProto`. */
function nameOf(value: Uint8Array): string {
  let name = '';
  for (const { number, bytes } of fieldsOf(value, new FieldBudget()))
    if (number === 1) name = Buffer.from(bytes).toString('utf8');
  return name;
}

const NUMBERS = /^(float(16|32|64)|bfloat16)$/;
/** Classes of objects are integers in many models. */
const ANY_NUMBERS = /^(b?float(16|32|64)|u?int(8|16|32|64))$/;

function assertUsable(network: OnnxNetwork, description: OnnxDescription, dir: string): void {
  const { input } = network;
  const { inputs, outputs, opsets, externalFiles } = description;
  const opset = opsets.find(({ domain }) => domain === '' || domain === 'ai.onnx')?.version ?? 0;
  const refuse = (problem: string): never => {
    throw new StreamInferError('MODEL_UNSUPPORTED', `the ONNX model in ${dir} ${problem}`);
  };
  if (opset < LEAST_OPSET) {
    const convert = `onnx.version_converter.convert_version(onnx.load("old.onnx"), ${RECENT_OPSET})`;
    refuse(
      `has version ${opset} of the operators (opset), which onnxruntime does not have; ` +
        `convert it in Python: import onnx.version_converter, then onnx.save(${convert}, "model.onnx")`,
    );
  }
  if (externalFiles.length > 0)
    refuse(`has weights in other files (${externalFiles.slice(0, 3).join(', ')})`);
  if (inputs.length !== 1 || inputs[0]!.name !== input.name)
    refuse(`takes ${namesOf(inputs)}, not only an image ${input.name}`);
  const { batch = 1 } = input;
  if (network.outputs && batch > 1)
    refuse(`takes ${batch} images at once; export it with a batch of 1, or of any size`);
  const allowed = network.outputs ? ANY_NUMBERS : NUMBERS;
  for (const output of outputsOf(network)) {
    const chosen = outputs.find(({ name }) => name === output);
    if (!chosen) return refuse(`has no output ${output}; its outputs are ${namesOf(outputs)}`);
    if (!allowed.test(chosen.type)) refuse(`has ${chosen.type} in its output ${output}, not scores`);
  }
}

function namesOf(values: readonly { readonly name: string }[]): string {
  return values.map(({ name }) => name).join(', ');
}
