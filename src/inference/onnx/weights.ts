import { numberOf, optionalWeight, weightOf } from './options';
import { unsupported, type Layer, type Weight } from './layer';

/** A layer's weights in ONNX's order: output channel first. */
export interface Kernel {
  /** [out, in, height, width] or [out, in]. */
  readonly shape: readonly number[];
  readonly values: Float32Array;
  /** One per output channel. */
  readonly bias: Float32Array;
}

/** The kernel of a Conv2D ([height, width, in, out] in TF.js) or a Dense ([in, out]). */
export function kernelOf(layer: Layer, name = 'kernel', rank: 2 | 4 = 4): Kernel {
  const { shape, values } = ranked(layer, weightOf(layer, name), rank);
  const [out = 0, input = 0, ...window] = [...shape].reverse();
  const size = values.length / out;
  const pixels = size / input;
  const turned = new Float32Array(values.length);
  for (let pixel = 0; pixel < pixels; pixel++) {
    for (let i = 0; i < input; i++) {
      for (let o = 0; o < out; o++) {
        turned[o * size + i * pixels + pixel] = values[(pixel * input + i) * out + o]!;
      }
    }
  }
  return { shape: [out, input, ...window.reverse()], values: turned, bias: biasOf(layer, out) };
}

/** The kernel of a DepthwiseConv2D ([height, width, in, multiplier] in TF.js): each input channel is its own group. */
export function depthwiseKernel(layer: Layer): Kernel {
  const kernel = depthwisePart(layer);
  return { ...kernel, bias: biasOf(layer, kernel.bias.length) };
}

/** Without a bias, as in a SeparableConv2D. */
export function depthwisePart(layer: Layer): Kernel {
  // Keras 3 names it `kernel`.
  const { shape, values } = ranked(layer, weightOf(layer, 'depthwise_kernel', 'kernel'), 4);
  const [height = 0, width = 0, input = 0, multiplier = 0] = shape;
  const out = input * multiplier;
  const pixels = height * width;
  const turned = new Float32Array(values.length);
  for (let pixel = 0; pixel < pixels; pixel++) {
    for (let o = 0; o < out; o++) turned[o * pixels + pixel] = values[pixel * out + o]!;
  }
  return { shape: [out, 1, height, width], values: turned, bias: new Float32Array(out) };
}

/** The kernel of a Conv2DTranspose: [in, out, height, width], from [height, width, out, in] in TF.js. */
export function transposedKernel(layer: Layer): Kernel {
  const { shape, values } = kernelOf({ ...layer, config: { use_bias: false } });
  return { shape, values, bias: biasOf(layer, shape[1]!) };
}

/** At inference a normalization is `scale × x + shift` per channel; both are folded into the kernel before it. */
export function foldBatchNorm(kernel: Kernel, normalization: Layer): Kernel {
  const mean = weightOf(normalization, 'moving_mean').values;
  const variance = weightOf(normalization, 'moving_variance').values;
  const gamma = optionalWeight(normalization, 'gamma', 'scale');
  const beta = optionalWeight(normalization, 'beta', 'center');
  const epsilon = numberOf(normalization, 'epsilon', 1e-3);
  const values = kernel.values.slice();
  const bias = kernel.bias.slice();
  const size = values.length / bias.length;
  for (const weight of [mean, variance, gamma, beta]) {
    if (weight !== undefined && weight.length !== bias.length)
      throw unsupported(normalization, `has ${weight.length} values for ${bias.length} channels`);
  }
  for (let channel = 0; channel < bias.length; channel++) {
    const scale = (gamma?.[channel] ?? 1) / Math.sqrt(variance[channel]! + epsilon);
    for (let i = channel * size; i < (channel + 1) * size; i++) values[i]! *= scale;
    bias[channel] = (bias[channel]! - mean[channel]!) * scale + (beta?.[channel] ?? 0);
  }
  return { shape: kernel.shape, values, bias };
}

/**
 * After a Flatten the values are [channel][pixel] here and [pixel][channel] in TF.js: reorders the inputs of a Dense
 * kernel ([out, in]) accordingly. `shape` is [channels, height, width].
 */
export function rowsByChannel(values: Float32Array, shape: readonly number[]): Float32Array {
  const [channels = 0, height = 0, width = 0] = shape;
  const pixels = height * width;
  const size = channels * pixels;
  const moved = new Float32Array(values.length);
  for (let start = 0; start < values.length; start += size) {
    for (let pixel = 0; pixel < pixels; pixel++) {
      for (let channel = 0; channel < channels; channel++) {
        moved[start + channel * pixels + pixel] = values[start + pixel * channels + channel]!;
      }
    }
  }
  return moved;
}

function biasOf(layer: Layer, out: number): Float32Array {
  const bias = optionalWeight(layer, 'bias', 'use_bias') ?? new Float32Array(out);
  if (bias.length === out) return bias;
  throw unsupported(layer, `has ${bias.length} biases for ${out} outputs`);
}

function ranked(layer: Layer, weight: Weight, rank: number): Weight {
  const isWhole = weight.shape.length === rank && weight.shape.every((size) => size > 0);
  if (isWhole) return weight;
  throw unsupported(layer, `has a kernel of ${weight.shape.join('×')}`);
}
