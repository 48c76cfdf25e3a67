import { IMAGE_SIDE } from '../../core/image';
import { CLASS_COUNT } from '../../core/labels';
import type { ModelFiles } from '../model-files';
import { OnnxGraph } from './graph';
import { LAYERS } from './layers';
import { LayerStack, unsupported, type Tensor } from './stack';
import { layersOf } from './topology';

export const INPUT = 'pixels';
export const OUTPUT = 'probabilities';

/**
 * Compiles a TF.js Sequential model to an ONNX model in memory: `pixels` uint8 [batch, 784] to `probabilities` float32
 * [batch, 10]. TF.js has its channels last, ONNX first, so the weights are transposed here once; scaling is the first
 * node, so that raw pixels go in. Throws MODEL_UNSUPPORTED naming the layer that is not in the closed set of `LAYERS`,
 * or the option of a layer that is not.
 */
export function compileToOnnx(files: ModelFiles): Uint8Array {
  const graph = new OnnxGraph();
  const stack = new LayerStack(layersOf(files));
  let tensor = scaledPixels(graph, files.manifest.scaling);
  for (let layer = stack.next(); layer; layer = stack.next()) {
    const translate = LAYERS[layer.className];
    if (!translate) throw unsupported(layer, `is not one of ${Object.keys(LAYERS).join(', ')}`);
    tensor = translate(graph, tensor, layer, stack);
  }
  if (tensor.shape.length !== 1 || tensor.shape[0] !== CLASS_COUNT) {
    throw unsupported(stack.last, `gives ${tensor.shape.join('×')} values instead of ${CLASS_COUNT}`);
  }
  if (tensor.flattened) throw unsupported(stack.last, 'ends in a Flatten');
  graph.node('Identity', [tensor.name], {}, OUTPUT);
  return graph.finish(
    { name: INPUT, type: 'uint8', shape: [null, 1, IMAGE_SIDE, IMAGE_SIDE] },
    { name: OUTPUT, type: 'float', shape: [null, CLASS_COUNT] },
  );
}

function scaledPixels(graph: OnnxGraph, scaling: number): Tensor {
  const floats = graph.node('Cast', [INPUT], { to: 1 });
  const factor = graph.floats('scaling', [], Float32Array.of(scaling));
  return { name: graph.node('Mul', [floats, factor]), shape: [1, IMAGE_SIDE, IMAGE_SIDE] };
}
