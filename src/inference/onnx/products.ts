import { activation, activationLayer } from './activations';
import type { Compilation, Tensor } from './compilation';
import { unsupported, type Layer } from './layer';
import { requireImage } from './layout';
import { countOf, hasSamePadding, isLinear, paddingOf, pairOf, requireLastAxis, slide } from './options';
import {
  depthwiseKernel,
  depthwisePart,
  foldBatchNorm,
  kernelOf,
  rowsByChannel,
  transposedKernel,
  type Kernel,
} from './weights';

/** Layers that multiply by a kernel, with the normalization and the activation behind them. */

export function conv2d(to: Compilation, input: Tensor, layer: Layer): Tensor {
  return convolution(to, input, layer, kernelOf(layer), countOf(layer, 'groups', 1));
}

export function depthwiseConv2d(to: Compilation, input: Tensor, layer: Layer): Tensor {
  return convolution(to, input, layer, depthwiseKernel(layer), requireImage(layer, input)[0]);
}

/** A depthwise convolution with the options, and one of 1×1 with the bias. */
export function separableConv2d(to: Compilation, input: Tensor, layer: Layer): Tensor {
  const [channels] = requireImage(layer, input);
  const depthwise = depthwisePart(layer);
  assertKernel(layer, depthwise, channels, channels);
  const between = slidingNode(to, input, layer, depthwise, channels);
  const pointwise = { filters: layer.config['filters'], activation: layer.config['activation'] };
  return convolution(
    to,
    between,
    { ...layer, className: 'Conv2D', config: pointwise },
    kernelOf(layer, 'pointwise_kernel'),
    1,
  );
}

function convolution(to: Compilation, input: Tensor, layer: Layer, own: Kernel, groups: number): Tensor {
  const [channels] = requireImage(layer, input);
  assertKernel(layer, own, channels, groups);
  const kernel = withBatchNorm(to, layer, own, 3);
  return activated(to, slidingNode(to, input, layer, kernel, groups), layer);
}

function slidingNode(to: Compilation, input: Tensor, layer: Layer, kernel: Kernel, groups: number): Tensor {
  const [, height, width] = requireImage(layer, input);
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
  return { name, shape: [kernel.bias.length, ...size] };
}

export function conv2dTranspose(to: Compilation, input: Tensor, layer: Layer): Tensor {
  const [channels, ...size] = requireImage(layer, input);
  const { shape, values, bias } = transposedKernel(layer);
  const [from = 0, out = 0, ...window] = shape;
  assertWindow(layer, shape, countOf(layer, 'filters', out) === out && from === channels);
  const strides = pairOf(layer, 'strides');
  const same = hasSamePadding(layer);
  const beyond = window.map((length, axis) => length - strides[axis]!);
  const around = beyond.map((length) => (same ? Math.max(0, length) : 0));
  const extra = beyond.map((length) => Math.max(0, -length));
  const { graph } = to;
  const kernel = graph.floats(`${layer.name}/kernel`, shape, values);
  const name = graph.node(
    'ConvTranspose',
    [input.name, kernel, graph.floats(`${layer.name}/bias`, [out], bias)],
    {
      pads: [...around.map((width) => width >> 1), ...around.map((width) => (width + 1) >> 1)],
      output_padding: extra,
      strides,
      kernel_shape: window,
    },
  );
  const length = (axis: 0 | 1): number =>
    (size[axis] - 1) * strides[axis] + window[axis]! - around[axis]! + extra[axis]!;
  return activated(to, { name, shape: [out, length(0), length(1)] }, layer);
}

/** On an image or a list, the same for each pixel or row. */
export function dense(to: Compilation, input: Tensor, layer: Layer): Tensor {
  const own = kernelOf(layer, 'kernel', 2);
  const [out = 0, size] = own.shape;
  const { length: rank } = input.shape;
  const features = rank === 3 ? input.shape[0] : input.shape.at(-1);
  if (size !== features || countOf(layer, 'units', out) !== out)
    throw unsupported(layer, `has a kernel of ${own.shape.join('×')} for ${features} values`);
  if (rank === 3) {
    const { units, activation: named } = layer.config;
    const pointwise = { ...layer, className: 'Conv2D', config: { filters: units, activation: named } };
    return convolution(to, input, pointwise, { ...own, shape: [...own.shape, 1, 1] }, 1);
  }
  const inOrder = input.flattened ? { ...own, values: rowsByChannel(own.values, input.flattened) } : own;
  const kernel = withBatchNorm(to, layer, inOrder, rank);
  if (rank !== 1) return activated(to, matrixProduct(to, input, layer, kernel), layer);
  const operands = [input.name, ...to.numbers.constants(layer, kernel, input)];
  return activated(to, { name: to.graph.node('Gemm', operands, { transB: 1 }), shape: [out] }, layer);
}

function matrixProduct(to: Compilation, input: Tensor, layer: Layer, kernel: Kernel): Tensor {
  const [weights, bias] = to.numbers.constants(layer, kernel, input);
  const turned = to.graph.node('Transpose', [weights], { perm: [1, 0] });
  const product = to.graph.node('MatMul', [input.name, turned]);
  const shape = [...input.shape.slice(0, -1), kernel.bias.length];
  return { name: to.graph.node('Add', [product, bias]), shape };
}

/** Throws unless the weights have the form of the options. */
function assertKernel(layer: Layer, { shape }: Kernel, channels: number, groups: number): void {
  const [out = 0, input = 0] = shape;
  // TF.js does not write the multiplier of a SeparableConv2D.
  const multiplier = countOf(layer, 'depth_multiplier', Math.max(1, Math.floor(out / channels)));
  const filters = layer.className === 'Conv2D' ? countOf(layer, 'filters', out) : channels * multiplier;
  const isWhole = filters === out && input * groups === channels && out % groups === 0;
  assertWindow(layer, shape, isWhole, `for ${channels} channels in ${groups} groups`);
}

function assertWindow(layer: Layer, shape: readonly number[], isRight: boolean, use = ''): void {
  const window = shape.slice(2);
  const size = pairOf(layer, 'kernel_size', window as unknown as readonly [number, number]);
  if (isRight && size.every((length, axis) => length === window[axis])) return;
  throw unsupported(layer, `has a kernel of ${shape.join('×')} ${use}`.trimEnd());
}

/** A BatchNormalization directly after the layer is a linear map of each output channel and is folded into the weights. */
function withBatchNorm({ following }: Compilation, layer: Layer, kernel: Kernel, rank: number): Kernel {
  const normalization = isLinear(layer) ? following.takeIf('BatchNormalization') : undefined;
  if (!normalization) return kernel;
  requireLastAxis(normalization, rank);
  return foldBatchNorm(kernel, normalization);
}

/** With its activation, or the one of a layer directly after it, before the values become integers. */
function activated(to: Compilation, output: Tensor, layer: Layer): Tensor {
  const behind = isLinear(layer) ? to.following.takeIf('Activation', 'ReLU') : undefined;
  const active = behind ? activationLayer(to, output, behind) : activation(to, output, layer);
  return to.numbers.output(layer, active);
}
