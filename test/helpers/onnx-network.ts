import { TYPES } from '../../src/inference/onnx-file/chain';
import { OnnxGraph } from '../../src/inference/onnx/graph';
import { ProtobufWriter } from '../../src/inference/onnx/protobuf';
import type { NetworkInput, OnnxNetwork } from '../../src/models/files/model';
import { FieldBudget, fieldsOf } from '../../src/models/files/onnx/protobuf';

export interface OnnxFileOptions {
  readonly input: Omit<NetworkInput, 'name'>;
  /** features × classes; the features are the values of the input in its order. */
  readonly kernel: Float32Array;
  readonly classes: number;
  /** The operator at the end. */
  readonly operator?: string;
  readonly irVersion?: number;
  readonly opset?: number;
  /** The name of an output in front of the one with the classes. */
  readonly first?: string;
}

/** An ONNX file: the operator of (the image as floats, flattened, times the kernel). */
export function onnxNetwork(options: OnnxFileOptions): OnnxNetwork {
  const { kernel, classes, operator = 'Softmax', first } = options;
  const graph = new OnnxGraph();
  const weights = graph.floats('kernel', [kernel.length / classes, classes], kernel);
  const flat = graph.node('Flatten', [graph.node('Cast', ['image'], { to: TYPES.float32 })], { axis: 1 });
  if (first !== undefined) graph.node('Identity', [flat], {}, first);
  graph.node(operator, [graph.node('MatMul', [flat, weights])], {}, 'scores');
  const output = (name: string, size: number) => ({ name, type: 'float', shape: [null, size] }) as const;
  const outputs = [
    ...(first === undefined ? [] : [output(first, kernel.length / classes)]),
    output('scores', classes),
  ];
  const model = graph.finish({ name: 'image', type: 'float', shape: null }, outputs);
  const bytes = new Uint8Array(withVersions(model, options));
  return { kind: 'onnx', bytes, input: { name: 'image', ...options.input }, output: 'scores' };
}

function withVersions(model: Uint8Array, options: OnnxFileOptions): Uint8Array {
  const { irVersion = 8, opset = 17 } = options;
  const graph = [...fieldsOf(model, new FieldBudget())].find(({ number }) => number === 7)!;
  return new ProtobufWriter()
    .varint(1, irVersion)
    .bytes(7, withInput(graph.bytes, options))
    .message(8, (version) => version.string(1, '').varint(2, opset))
    .finish();
}

/** Version 3 of the format wants all constants among the inputs. */
function withInput(
  graph: Uint8Array,
  { input, irVersion = 8, kernel, classes }: OnnxFileOptions,
): Uint8Array {
  const kept = [...fieldsOf(graph, new FieldBudget())].filter(({ number }) => number !== 11);
  const written = new ProtobufWriter();
  written.bytes(11, value('image', TYPES[input.type], [input.batch ?? null, ...input.shape]));
  if (irVersion < 4) written.bytes(11, value('kernel:1', TYPES.float32, [kernel.length / classes, classes]));
  return Buffer.concat([...kept.map(({ start, end }) => graph.subarray(start, end)), written.finish()]);
}

function value(name: string, type: number, sizes: readonly (number | null)[]): Uint8Array {
  const shape = new ProtobufWriter();
  for (const size of sizes)
    shape.message(1, (dim) => (size === null ? dim.string(2, 'N') : dim.varint(1, size)));
  return new ProtobufWriter()
    .string(1, name)
    .message(2, (typeProto) =>
      typeProto.message(1, (tensor) => tensor.varint(1, type).bytes(2, shape.finish())),
    )
    .finish();
}
