import type { OnnxGraph } from './graph';
import { numberOf, paddingOf, pairOf, requireOption, slide } from './options';
import { unsupported, type LayerStack, type Tensor } from './stack';
import type { Layer } from './topology';
import { depthwiseKernel, foldBatchNorm, kernelOf, rowsByChannel, type Kernel } from './weights';

type Translate = (graph: OnnxGraph, input: Tensor, layer: Layer, stack: LayerStack) => Tensor;

/** The closed set of layers, by their class in TF.js. */
export const LAYERS: Readonly<Record<string, Translate>> = {
  InputLayer: (_graph, input) => input,
  Dropout: (_graph, input) => input,
  Conv2D: (graph, input, layer, stack) => convolution(graph, input, layer, stack, kernelOf(layer), 1),
  DepthwiseConv2D: (graph, input, layer, stack) =>
    convolution(graph, input, layer, stack, depthwiseKernel(layer), channelsOf(layer, input)),
  MaxPooling2D: (graph, input, layer) => pooling(graph, input, layer, 'MaxPool'),
  AveragePooling2D: (graph, input, layer) => pooling(graph, input, layer, 'AveragePool'),
  GlobalAveragePooling2D: globalAverage,
  BatchNormalization: batchNormalization,
  Activation: (graph, input, layer) => activation(graph, input, layer),
  ReLU: (graph, input, layer) => {
    requireOption(layer, 'max_value', []);
    return { ...input, name: graph.node('Relu', [input.name]) };
  },
  Softmax: (graph, input, layer) => {
    // The last axis; TF.js writes what was asked for, or 1 more than there are: it always means this one.
    requireOption(layer, 'axis', [-1, input.shape.length]);
    return softmax(graph, input);
  },
  Flatten: flatten,
  Dense: dense,
};

function convolution(
  graph: OnnxGraph,
  input: Tensor,
  layer: Layer,
  stack: LayerStack,
  own: Kernel,
  groups: number,
): Tensor {
  requireOption(layer, 'data_format', ['channels_last', 'channelsLast']);
  const [, height = 0, width = 0] = assertImage(layer, input);
  const kernel = withBatchNorm(layer, stack, own);
  const [, , kernelHeight = 0, kernelWidth = 0] = kernel.shape;
  const strides = pairOf(layer, 'strides');
  const dilations = pairOf(layer, 'dilation_rate');
  const { auto_pad, same } = paddingOf(layer);
  const name = graph.node('Conv', [input.name, ...constants(graph, layer, kernel)], {
    auto_pad,
    strides,
    dilations,
    kernel_shape: [kernelHeight, kernelWidth],
    group: groups,
  });
  const size = slide([height, width], [kernelHeight, kernelWidth], strides, same, dilations);
  return activation(graph, { name, shape: [kernel.bias.length, ...size] }, layer);
}

function dense(graph: OnnxGraph, input: Tensor, layer: Layer, stack: LayerStack): Tensor {
  if (input.shape.length !== 1) throw unsupported(layer, 'stands before a Flatten');
  const own = kernelOf(layer);
  const inOrder = input.flattened ? { ...own, values: rowsByChannel(own.values, input.flattened) } : own;
  const kernel = withBatchNorm(layer, stack, inOrder);
  const name = graph.node('Gemm', [input.name, ...constants(graph, layer, kernel)], { transB: 1 });
  return activation(graph, { name, shape: [kernel.bias.length] }, layer);
}

/** A BatchNormalization that follows at once is a linear map of each output channel: it goes into the weights. */
function withBatchNorm(layer: Layer, stack: LayerStack, kernel: Kernel): Kernel {
  const linear = (layer.config['activation'] ?? 'linear') === 'linear';
  const normalization = linear ? stack.takeIf('BatchNormalization') : undefined;
  return normalization ? foldBatchNorm(kernel, normalization) : kernel;
}

function constants(graph: OnnxGraph, layer: Layer, kernel: Kernel): [string, string] {
  return [
    graph.floats(`${layer.name}/kernel`, kernel.shape, kernel.values),
    graph.floats(`${layer.name}/bias`, [kernel.bias.length], kernel.bias),
  ];
}

function pooling(graph: OnnxGraph, input: Tensor, layer: Layer, operator: string): Tensor {
  requireOption(layer, 'data_format', ['channels_last', 'channelsLast']);
  const [channels = 0, height = 0, width = 0] = assertImage(layer, input);
  const window = pairOf(layer, 'pool_size', [2, 2]);
  const strides = pairOf(layer, 'strides', window);
  const { auto_pad, same } = paddingOf(layer);
  const name = graph.node(operator, [input.name], { auto_pad, strides, kernel_shape: window });
  return { name, shape: [channels, ...slide([height, width], window, strides, same)] };
}

function globalAverage(graph: OnnxGraph, input: Tensor, layer: Layer): Tensor {
  const [channels = 0] = assertImage(layer, input);
  const pooled = graph.node('GlobalAveragePool', [input.name]);
  return { name: graph.node('Flatten', [pooled]), shape: [channels] };
}

/** One that could not be folded, because something stands between it and the weights. */
function batchNormalization(graph: OnnxGraph, input: Tensor, layer: Layer): Tensor {
  if (input.flattened) throw unsupported(layer, 'stands between a Flatten and a Dense');
  requireOption(layer, 'axis', [-1, 3]);
  const channels = channelsOf(layer, input);
  const one = {
    shape: [channels],
    values: new Float32Array(channels).fill(1),
    bias: new Float32Array(channels),
  };
  const { values, bias } = foldBatchNorm(one, layer);
  const shape = [channels, ...input.shape.slice(1).map(() => 1)];
  const scaled = graph.node('Mul', [input.name, graph.floats(`${layer.name}/scale`, shape, values)]);
  const name = graph.node('Add', [scaled, graph.floats(`${layer.name}/shift`, shape, bias)]);
  return { ...input, name };
}

/** As long as the values only go on to a Dense, that one's rows are put into their order instead of the values. */
function flatten(graph: OnnxGraph, input: Tensor): Tensor {
  const size = input.shape.reduce((product, length) => product * length, 1);
  const name = graph.node('Flatten', [input.name]);
  return { name, shape: [size], ...(input.shape.length > 1 && { flattened: input.shape }) };
}

function activation(graph: OnnxGraph, input: Tensor, layer: Layer): Tensor {
  const wanted = layer.config['activation'] ?? 'linear';
  const one = (operator: string): Tensor => ({ ...input, name: graph.node(operator, [input.name]) });
  switch (wanted) {
    case 'linear':
      return input;
    case 'relu':
      return one('Relu');
    case 'sigmoid':
      return one('Sigmoid');
    case 'tanh':
      return one('Tanh');
    case 'relu6': {
      const bounds = [0, 6].map((bound) => graph.floats('bound', [], Float32Array.of(bound)));
      return { ...input, name: graph.node('Clip', [input.name, ...bounds]) };
    }
    case 'softmax':
      return softmax(graph, input);
    default:
      throw unsupported(layer, `has the activation ${JSON.stringify(wanted)}`);
  }
}

/** Over the channels, or over the features. */
function softmax(graph: OnnxGraph, input: Tensor): Tensor {
  return { ...input, name: graph.node('Softmax', [input.name], { axis: 1 }) };
}

function channelsOf(layer: Layer, { shape: [channels] }: Tensor): number {
  return numberOf(layer, 'channels', channels ?? 0);
}

function assertImage(layer: Layer, { shape }: Tensor): readonly number[] {
  if (shape.length === 3) return shape;
  throw unsupported(layer, `stands behind a Flatten, with ${shape.join('×')} values`);
}
