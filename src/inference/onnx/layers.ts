import { isLinear, numberOf, paddingOf, pairOf, requireOption, slide } from './options';
import type { Compilation, Tensor } from './compilation';
import { unsupported, type Layer } from './topology';
import { depthwiseKernel, foldBatchNorm, kernelOf, rowsByChannel, type Kernel } from './weights';

type Translate = (to: Compilation, input: Tensor, layer: Layer) => Tensor;

/** All supported layers, by their class in TF.js. */
export const LAYERS: Readonly<Record<string, Translate>> = {
  InputLayer: (_to, input) => input,
  Dropout: (_to, input) => input,
  Conv2D: (to, input, layer) => convolution(to, input, layer, kernelOf(layer), 1),
  DepthwiseConv2D: (to, input, layer) =>
    convolution(to, input, layer, depthwiseKernel(layer), channelsOf(layer, input)),
  MaxPooling2D: (to, input, layer) => pooling(to, input, layer, 'MaxPool'),
  AveragePooling2D: (to, input, layer) => pooling(to, input, layer, 'AveragePool'),
  GlobalAveragePooling2D: globalAverage,
  BatchNormalization: batchNormalization,
  Activation: (to, input, layer) => activation(to, input, layer),
  ReLU: (to, input, layer) => {
    requireOption(layer, 'max_value', []);
    return computed(input, to.graph.node('Relu', [input.name]));
  },
  Softmax: (to, input, layer) => {
    // The last axis: TF.js writes the given axis, or one more than the number of axes; both mean the last one.
    requireOption(layer, 'axis', [-1, input.shape.length]);
    return softmax(to, input);
  },
  Flatten: flatten,
  Dense: dense,
};

function convolution(to: Compilation, input: Tensor, layer: Layer, own: Kernel, groups: number): Tensor {
  requireOption(layer, 'data_format', ['channels_last', 'channelsLast']);
  const [, height = 0, width = 0] = assertImage(layer, input);
  const kernel = withBatchNorm(to, layer, own);
  const [, , kernelHeight = 0, kernelWidth = 0] = kernel.shape;
  const strides = pairOf(layer, 'strides');
  const dilations = pairOf(layer, 'dilation_rate');
  const { auto_pad, same } = paddingOf(layer);
  const name = to.graph.node('Conv', [input.name, ...to.numbers.constants(layer, kernel, input)], {
    auto_pad,
    strides,
    dilations,
    kernel_shape: [kernelHeight, kernelWidth],
    group: groups,
  });
  const size = slide([height, width], [kernelHeight, kernelWidth], strides, same, dilations);
  const output = activation(to, { name, shape: [kernel.bias.length, ...size] }, activating(to, layer));
  return to.numbers.output(layer, output);
}

function dense(to: Compilation, input: Tensor, layer: Layer): Tensor {
  if (input.shape.length !== 1) throw unsupported(layer, 'comes before a Flatten');
  const own = kernelOf(layer);
  const inOrder = input.flattened ? { ...own, values: rowsByChannel(own.values, input.flattened) } : own;
  const kernel = withBatchNorm(to, layer, inOrder);
  const operands = [input.name, ...to.numbers.constants(layer, kernel, input)];
  const name = to.graph.node('Gemm', operands, { transB: 1 });
  const output = activation(to, { name, shape: [kernel.bias.length] }, activating(to, layer));
  return to.numbers.output(layer, output);
}

/** A BatchNormalization directly after the layer is a linear map of each output channel and is folded into the weights. */
function withBatchNorm({ stack }: Compilation, layer: Layer, kernel: Kernel): Kernel {
  const normalization = isLinear(layer) ? stack.takeIf('BatchNormalization') : undefined;
  return normalization ? foldBatchNorm(kernel, normalization) : kernel;
}

/** The layer with the activation: this one, or an Activation directly after it. */
function activating({ stack }: Compilation, layer: Layer): Layer {
  return (isLinear(layer) && stack.takeIf('Activation')) || layer;
}

function pooling(to: Compilation, input: Tensor, layer: Layer, operator: string): Tensor {
  requireOption(layer, 'data_format', ['channels_last', 'channelsLast']);
  const [channels = 0, height = 0, width = 0] = assertImage(layer, input);
  const window = pairOf(layer, 'pool_size', [2, 2]);
  const strides = pairOf(layer, 'strides', window);
  const { auto_pad, same } = paddingOf(layer);
  const name = to.graph.node(operator, [input.name], { auto_pad, strides, kernel_shape: window });
  const shape = [channels, ...slide([height, width], window, strides, same)];
  return to.numbers.moved({ name, shape }, input);
}

function globalAverage(to: Compilation, input: Tensor, layer: Layer): Tensor {
  const [channels = 0] = assertImage(layer, input);
  const pooled = to.graph.node('GlobalAveragePool', [input.name]);
  return { name: to.graph.node('Flatten', [pooled]), shape: [channels] };
}

/** A normalization that is not directly after a layer with weights, so it cannot be folded. */
function batchNormalization(to: Compilation, input: Tensor, layer: Layer): Tensor {
  if (input.flattened) throw unsupported(layer, 'comes between a Flatten and a Dense');
  requireOption(layer, 'axis', [-1, 3]);
  const channels = channelsOf(layer, input);
  const one = {
    shape: [channels],
    values: new Float32Array(channels).fill(1),
    bias: new Float32Array(channels),
  };
  const { values, bias } = foldBatchNorm(one, layer);
  const shape = [channels, ...input.shape.slice(1).map(() => 1)];
  const scaled = to.graph.node('Mul', [input.name, to.graph.floats(`${layer.name}/scale`, shape, values)]);
  return computed(input, to.graph.node('Add', [scaled, to.graph.floats(`${layer.name}/shift`, shape, bias)]));
}

/** If a Dense follows, its rows are reordered instead of the values. */
function flatten(to: Compilation, input: Tensor): Tensor {
  const size = input.shape.reduce((product, length) => product * length, 1);
  const name = to.graph.node('Flatten', [input.name]);
  const flattened = input.shape.length > 1 ? input.shape : undefined;
  return to.numbers.moved({ name, shape: [size], flattened }, input);
}

function activation(to: Compilation, input: Tensor, layer: Layer): Tensor {
  const wanted = layer.config['activation'] ?? 'linear';
  const one = (operator: string): Tensor => computed(input, to.graph.node(operator, [input.name]));
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
      const bounds = [0, 6].map((bound) => to.graph.floats('bound', [], Float32Array.of(bound)));
      return computed(input, to.graph.node('Clip', [input.name, ...bounds]));
    }
    case 'softmax':
      return softmax(to, input);
    default:
      throw unsupported(layer, `has the activation ${JSON.stringify(wanted)}`);
  }
}

/** Over the channels or the features. */
function softmax(to: Compilation, input: Tensor): Tensor {
  return computed(input, to.graph.node('Softmax', [input.name], { axis: 1 }));
}

/** New values in the same shape, as floats. */
function computed(input: Tensor, name: string): Tensor {
  return { ...input, name, quantized: undefined, pending: undefined };
}

function channelsOf(layer: Layer, { shape: [channels] }: Tensor): number {
  return numberOf(layer, 'channels', channels ?? 0);
}

function assertImage(layer: Layer, { shape }: Tensor): readonly number[] {
  if (shape.length === 3) return shape;
  throw unsupported(layer, `comes after a Flatten, with ${shape.join('×')} values`);
}
