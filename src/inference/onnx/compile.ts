import type { ModelFiles } from '../../models/files/model';
import type { Int8Facts } from '../../models/files/schema';
import type { Call } from './calls';
import type { Compilation, Numbers, Tensor } from './compilation';
import { Floats, UnchangedFloats } from './floats';
import { OnnxGraph, type TensorDescription } from './graph';
import { INPUT, firstTensor, inputShape } from './input';
import { Integers, convolutionInFloats } from './integers';
import { unsupported } from './layer';
import { translateLayer } from './layers';
import { inOrder } from './layout';
import { Lookahead } from './lookahead';
import { topologyOf, type Topology } from './topology';

export { INPUT, inputShape };
export const OUTPUT = 'probabilities';

/** The inputs of the int8 graph; version 1 of int8.json has the first convolution always in integers. */
type Int8Plan = Pick<Int8Facts, 'schemaVersion' | 'ranges'>;

/**
 * Compiles a TF.js model of layers to an ONNX model in memory: `pixels` uint8 (see `inputShape`) to `probabilities` float32
 * [batch, values of the output]. TF.js has channels last, ONNX first, so the weights are transposed once. Preprocessing is
 * in the graph, so the input is raw pixels. Throws MODEL_UNSUPPORTED, naming an unknown layer or option, or MODEL_CORRUPT.
 */
export function compileToOnnx(files: ModelFiles): Uint8Array {
  const graph = new OnnxGraph();
  const { output } = translate(files, topologyOf(files), graph, new Floats(graph));
  return graph.finish(inputDescription(files), [output]);
}

/** Like `compileToOnnx`, from the float32 numbers that the network is fed, with its own order of the channels. */
export function compileForNumbers(files: ModelFiles): Uint8Array {
  const graph = new OnnxGraph();
  const { preprocessing } = files;
  const unordered = { ...files, preprocessing: { ...preprocessing, order: 'rgb' as const } };
  const { output } = translate(unordered, topologyOf(files), graph, new UnchangedFloats(graph));
  return graph.finish({ ...inputDescription(files), type: 'float' }, [output]);
}

/** Like `compileToOnnx`, in 8-bit integers with the ranges of a calibration. */
export function compileToInt8(files: ModelFiles, { ranges, schemaVersion }: Int8Plan): Uint8Array {
  const graph = new OnnxGraph();
  const topology = topologyOf(files);
  const inFloats = schemaVersion === 1 ? undefined : convolutionInFloats(topology.calls);
  const { output } = translate(files, topology, graph, new Integers(graph, ranges, inFloats));
  return graph.finish(inputDescription(files), [output]);
}

/** In float32, with the outputs of all layers as extra outputs except the last; `observed` has their names by layer. */
export function compileForCalibration(files: ModelFiles): {
  model: Uint8Array;
  observed: Floats['observed'];
} {
  const graph = new OnnxGraph();
  const floats = new Floats(graph);
  const { output, last } = translate(files, topologyOf(files), graph, floats);
  const observed = floats.observed.filter(({ layer }) => layer !== last);
  const outputs = observed.map(({ output: name }): TensorDescription => ({
    name,
    type: 'float',
    shape: null,
  }));
  return { model: graph.finish(inputDescription(files), [output, ...outputs]), observed };
}

function inputDescription({ shape }: ModelFiles): TensorDescription {
  return { name: INPUT, type: 'uint8', shape: inputShape(shape, null) };
}

interface Translated {
  readonly output: TensorDescription;
  /** Name of the last layer that has weights. */
  readonly last: string;
}

function translate(files: ModelFiles, topology: Topology, graph: OnnxGraph, numbers: Numbers): Translated {
  const { calls, isKeras3 } = topology;
  const following = new Lookahead(calls);
  const to: Compilation = { graph, following, numbers, isKeras3 };
  const tensors = new Map<Call, Tensor>();
  let last = '';
  for (const call of calls) {
    // Folded into a layer before it.
    if (tensors.has(call)) continue;
    following.startAt(call);
    const inputs = call.inputs.map((input) => tensors.get(input)!);
    const isInput = inputs.length === 0;
    const output = isInput ? firstTensor(to, files, call) : translateLayer(to, inputs, call.layer);
    for (const one of [call, ...following.taken]) tensors.set(one, output);
    if (call.layer.weights.size > 0) last = call.layer.name;
  }
  return { output: finish(to, tensors.get(calls.at(-1)!)!, files, calls.at(-1)!), last };
}

/** The output has one value for each label, or one value for two labels. */
function finish(to: Compilation, tensor: Tensor, files: ModelFiles, { layer }: Call): TensorDescription {
  const ordered = inOrder(to, tensor);
  const [values = 0, ...others] = ordered.shape;
  const { length: labels } = files.shape.labels;
  const isRight = others.every((size) => size === 1) && (values === labels || (values === 1 && labels === 2));
  if (!isRight) throw unsupported(layer, `has ${ordered.shape.join('×')} outputs instead of ${labels}`);
  if (others.length > 0) to.graph.node('Flatten', [ordered.name], {}, OUTPUT);
  else to.graph.node('Identity', [ordered.name], {}, OUTPUT);
  return { name: OUTPUT, type: 'float', shape: [null, values] };
}
