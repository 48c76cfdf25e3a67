import { isByChannel, normalization, rescaling, type Affine } from '../affine';
import { isTrainingOnly } from '../../models/files/own-scaling';
import {
  isLinear,
  hasSamePadding,
  numberOf,
  paddingOf,
  pairOf,
  requireLastAxis,
  requireOption,
  slide,
} from './options';
import type { Compilation, Tensor } from './compilation';
import { above, leakyRelu, relu } from './relu';
import { unsupported, type Layer } from './topology';
import { depthwiseKernel, foldBatchNorm, kernelOf, rowsByChannel, type Kernel } from './weights';

type Translate = (to: Compilation, input: Tensor, layer: Layer) => Tensor;

/** All supported layers with an effect, by their class in TF.js; `KNOWN_OPTIONS` has their options. */
const LAYERS: Readonly<Record<string, Translate>> = {
  InputLayer: unchanged,
  Conv2D: (to, input, layer) => convolution(to, input, layer, kernelOf(layer), numberOf(layer, 'groups', 1)),
  DepthwiseConv2D: (to, input, layer) =>
    convolution(to, input, layer, depthwiseKernel(layer), input.shape[0]!),
  MaxPooling2D: (to, input, layer) => pooling(to, input, layer, 'MaxPool'),
  AveragePooling2D: (to, input, layer) => pooling(to, input, layer, 'AveragePool'),
  GlobalAveragePooling2D: globalAverage,
  BatchNormalization: batchNormalization,
  Activation: activation,
  ReLU: (to, input, layer) => computed(input, relu(to.graph, input.name, layer)),
  LeakyReLU: (to, input, layer) => {
    const slope = numberOf(layer, 'negative_slope', numberOf(layer, 'alpha', 0.3));
    return computed(input, leakyRelu(to.graph, input.name, slope));
  },
  ThresholdedReLU: (to, { name, ...input }, layer) => {
    const limit = to.graph.floats('theta', [], Float32Array.of(numberOf(layer, 'theta', 1)));
    return computed({ name, ...input }, above(to.graph, name, limit));
  },
  Softmax: (to, input, layer) => {
    requireLastAxis(layer, input.shape.length);
    return softmax(to, input);
  },
  Flatten: flatten,
  Dense: dense,
  Rescaling: (to, input, layer) => affine(to, input, layer, rescaling(layer.config)),
  Normalization: (to, input, layer) => {
    if (!isByChannel(layer.config['axis'], input.shape.length))
      throw unsupported(layer, `has axis ${JSON.stringify(layer.config['axis'])}`);
    const weightOf = (name: string) => layer.weights.get(name)?.values;
    return affine(to, input, layer, normalization(layer.config, weightOf));
  },
};

/** The translation of a layer; undefined for an unknown class. */
export function translationOf(className: string): Translate | undefined {
  return isTrainingOnly(className) ? unchanged : LAYERS[className];
}

function unchanged(_to: Compilation, input: Tensor): Tensor {
  return input;
}

function convolution(to: Compilation, input: Tensor, layer: Layer, own: Kernel, groups: number): Tensor {
  const [channels = 0, height = 0, width = 0] = assertImage(layer, input);
  assertKernel(layer, own, channels, groups);
  const kernel = withBatchNorm(to, layer, own, 3);
  const [, , kernelHeight = 0, kernelWidth = 0] = kernel.shape;
  const strides = pairOf(layer, 'strides');
  const dilations = pairOf(layer, 'dilation_rate');
  const same = hasSamePadding(layer);
  const name = to.graph.node('Conv', [input.name, ...to.numbers.constants(layer, kernel, input)], {
    ...paddingOf([height, width], [kernelHeight, kernelWidth], strides, same, dilations),
    strides,
    dilations,
    kernel_shape: [kernelHeight, kernelWidth],
    group: groups,
  });
  const size = slide([height, width], [kernelHeight, kernelWidth], strides, same, dilations);
  const output = activation(to, { name, shape: [kernel.bias.length, ...size] }, activating(to, layer));
  return to.numbers.output(layer, output);
}

/** Throws unless the weights have the form of the options. */
function assertKernel(layer: Layer, { shape }: Kernel, channels: number, groups: number): void {
  const [out = 0, input = 0, ...window] = shape;
  const multiplier = numberOf(layer, 'depth_multiplier', 1);
  const filters = layer.className === 'Conv2D' ? numberOf(layer, 'filters', out) : channels * multiplier;
  const size = pairOf(layer, 'kernel_size', window as [number, number]);
  const isWindow = size.every((length, axis) => length === window[axis]);
  if (filters === out && input * groups === channels && out % groups === 0 && isWindow) return;
  throw unsupported(layer, `has a kernel of ${shape.join('×')} for ${channels} channels in ${groups} groups`);
}

function dense(to: Compilation, input: Tensor, layer: Layer): Tensor {
  if (input.shape.length !== 1) throw unsupported(layer, 'comes before a Flatten');
  const own = kernelOf(layer);
  const [out = 0, size] = own.shape;
  if (size !== input.shape[0] || numberOf(layer, 'units', out) !== out)
    throw unsupported(layer, `has a kernel of ${own.shape.join('×')} for ${input.shape[0]} values`);
  const inOrder = input.flattened ? { ...own, values: rowsByChannel(own.values, input.flattened) } : own;
  const kernel = withBatchNorm(to, layer, inOrder, 1);
  const operands = [input.name, ...to.numbers.constants(layer, kernel, input)];
  const name = to.graph.node('Gemm', operands, { transB: 1 });
  const output = activation(to, { name, shape: [kernel.bias.length] }, activating(to, layer));
  return to.numbers.output(layer, output);
}

/** Value × scale + offset, as floats. */
function affine(to: Compilation, input: Tensor, layer: Layer, values: Affine | undefined): Tensor {
  const [channels = 0, ...size] = input.shape;
  const length = values?.scale.length ?? 0;
  if (!values) throw unsupported(layer, 'has no numbers for its scale and offset, or mean and variance');
  if (length !== 1 && (length !== channels || input.flattened))
    throw unsupported(layer, `has ${length} values for ${channels} channels`);
  const shape = length === 1 ? [] : [channels, ...size.map(() => 1)];
  const constant = (name: string, numbers: readonly number[]) =>
    to.graph.floats(`${layer.name}/${name}`, shape, Float32Array.from(numbers));
  const scaled = to.graph.node('Mul', [input.name, constant('scale', values.scale)]);
  return computed(input, to.graph.node('Add', [scaled, constant('offset', values.offset)]));
}

/** A BatchNormalization directly after the layer is a linear map of each output channel and is folded into the weights. */
function withBatchNorm({ stack }: Compilation, layer: Layer, kernel: Kernel, rank: number): Kernel {
  const following = isLinear(layer) ? stack.takeIf('BatchNormalization') : undefined;
  if (!following) return kernel;
  requireLastAxis(following, rank);
  return foldBatchNorm(kernel, following);
}

/** The layer with the activation: this one, or an Activation directly after it. */
function activating({ stack }: Compilation, layer: Layer): Layer {
  return (isLinear(layer) && stack.takeIf('Activation')) || layer;
}

function pooling(to: Compilation, input: Tensor, layer: Layer, operator: string): Tensor {
  const [channels = 0, height = 0, width = 0] = assertImage(layer, input);
  const window = pairOf(layer, 'pool_size', [2, 2]);
  const strides = pairOf(layer, 'strides', window);
  const same = hasSamePadding(layer);
  const padding = paddingOf([height, width], window, strides, same);
  const name = to.graph.node(operator, [input.name], { ...padding, strides, kernel_shape: window });
  const shape = [channels, ...slide([height, width], window, strides, same)];
  return to.numbers.moved({ name, shape }, input);
}

function globalAverage(to: Compilation, input: Tensor, layer: Layer): Tensor {
  const [channels = 0] = assertImage(layer, input);
  const pooled = to.graph.node('GlobalAveragePool', [input.name]);
  requireOption(layer, 'keepdims', [true, false]);
  if (layer.config['keepdims'] === true) return { name: pooled, shape: [channels, 1, 1] };
  return { name: to.graph.node('Flatten', [pooled]), shape: [channels] };
}

/** A normalization that is not directly after a layer with weights, so it cannot be folded. */
function batchNormalization(to: Compilation, input: Tensor, layer: Layer): Tensor {
  if (input.flattened) throw unsupported(layer, 'comes between a Flatten and a Dense');
  requireLastAxis(layer, input.shape.length);
  const [channels = 0] = input.shape;
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

function assertImage(layer: Layer, { shape }: Tensor): readonly number[] {
  if (shape.length === 3) return shape;
  throw unsupported(layer, `comes after a Flatten, with ${shape.join('×')} values`);
}
