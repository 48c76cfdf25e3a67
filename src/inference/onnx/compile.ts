import type { ModelFiles } from '../../models/files/model';
import type { Int8Facts } from '../../models/files/schema';
import { LayerStack, type Compilation, type Numbers } from './compilation';
import { Floats } from './floats';
import { OnnxGraph, type TensorDescription } from './graph';
import { Integers, convolutionInFloats } from './integers';
import { translationOf } from './layers';
import { layersOf, unsupported } from './topology';

export const INPUT = 'pixels';
export const OUTPUT = 'probabilities';

/** The inputs of the int8 graph; version 1 of int8.json has the first convolution always in integers. */
type Int8Plan = Pick<Int8Facts, 'schemaVersion' | 'ranges'>;

function pixelsOf(files: ModelFiles): TensorDescription {
  const { height, width } = files.shape;
  return { name: INPUT, type: 'uint8', shape: [null, 1, height, width] };
}

function probabilitiesOf({ shape: { labels } }: ModelFiles): TensorDescription {
  return { name: OUTPUT, type: 'float', shape: [null, labels.length] };
}

/**
 * Compiles a TF.js Sequential model to an ONNX model in memory: `pixels` uint8 [batch, 1, height, width] to
 * `probabilities` float32 [batch, classes]. TF.js has channels last, ONNX first, so the weights are transposed once.
 * Scaling is the first node, so the input is raw pixels. Throws MODEL_UNSUPPORTED, naming an unknown layer or option.
 */
export function compileToOnnx(files: ModelFiles): Uint8Array {
  const graph = new OnnxGraph();
  translate(files, graph, new Floats(graph));
  return graph.finish(pixelsOf(files), [probabilitiesOf(files)]);
}

/** Like `compileToOnnx`, in 8-bit integers with the ranges of a calibration. */
export function compileToInt8(files: ModelFiles, { ranges, schemaVersion }: Int8Plan): Uint8Array {
  const graph = new OnnxGraph();
  const inFloats = schemaVersion === 1 ? undefined : convolutionInFloats(layersOf(files));
  translate(files, graph, new Integers(graph, ranges, inFloats));
  return graph.finish(pixelsOf(files), [probabilitiesOf(files)]);
}

/** In float32, with the outputs of all layers as extra outputs except the last; `observed` has their names by layer. */
export function compileForCalibration(files: ModelFiles): {
  model: Uint8Array;
  observed: ReadonlyMap<string, string>;
} {
  const graph = new OnnxGraph();
  const floats = new Floats(graph);
  const last = translate(files, graph, floats);
  floats.observed.delete(last);
  const outputs = [...floats.observed.values()].map((name): TensorDescription => ({
    name,
    type: 'float',
    shape: null,
  }));
  return {
    model: graph.finish(pixelsOf(files), [probabilitiesOf(files), ...outputs]),
    observed: floats.observed,
  };
}

/** Returns the name of the last layer that has weights. */
function translate(files: ModelFiles, graph: OnnxGraph, numbers: Numbers): string {
  const { height, width, labels } = files.shape;
  const stack = new LayerStack(layersOf(files));
  const to: Compilation = { graph, stack, numbers };
  let tensor = numbers.pixels({ name: INPUT, shape: [1, height, width] }, files.preprocessing.scale);
  let lastWithWeights = '';
  for (let layer = stack.next(); layer; layer = stack.next()) {
    const translateLayer = translationOf(layer.className);
    if (!translateLayer) throw unsupported(layer, 'has an unknown class');
    tensor = translateLayer(to, tensor, layer);
    if (layer.weights.size > 0) lastWithWeights = layer.name;
  }
  if (tensor.shape.length !== 1 || tensor.shape[0] !== labels.length) {
    throw unsupported(stack.last, `has ${tensor.shape.join('×')} outputs instead of ${labels.length}`);
  }
  if (tensor.flattened) throw unsupported(stack.last, 'ends in a Flatten');
  graph.node('Identity', [tensor.name], {}, OUTPUT);
  return lastWithWeights;
}
