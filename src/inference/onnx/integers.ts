import { own } from '../../core/own';
import type { Preprocessing } from '../../models/files/model';
import type { Call } from './calls';
import type { Numbers, Quantized, Tensor } from './compilation';
import { Floats } from './floats';
import type { OnnxGraph } from './graph';
import type { Layer } from './layer';
import { Lookahead } from './lookahead';
import { isLinear } from './options';
import { onlyFactor } from './preprocess';
import type { Kernel } from './weights';

/** Smallest and largest output of each layer with weights, from a calibration. */
export type Ranges = Readonly<Record<string, readonly [least: number, most: number]>>;

/**
 * 8-bit weights and activations. The operands of each layer pass a pair of QuantizeLinear and DequantizeLinear, which
 * onnxruntime fuses with the operator between them. Weights are int8 with a scale per output channel, activations uint8
 * with one scale, biases int32. The pixels are 8-bit numbers already.
 *
 * A first convolution in floats gets pixels and weights as in the float32 graph: after a DequantizeLinear, onnxruntime
 * would quantize its weights again.
 */
export class Integers implements Numbers {
  readonly #floats: Floats;
  readonly #inFloats: string | undefined;

  /** @param inFloats the result of `convolutionInFloats` */
  constructor(
    private readonly graph: OnnxGraph,
    private readonly ranges: Ranges,
    inFloats: string | undefined,
  ) {
    this.#floats = new Floats(graph);
    this.#inFloats = inFloats;
  }

  /** Pixels that are not just scaled have no 8-bit number for 0. */
  pixels(input: Tensor, preprocessing: Preprocessing): Tensor {
    const scale = onlyFactor(preprocessing, input.shape[0]!);
    if (this.#inFloats !== undefined || scale === undefined) return this.#floats.pixels(input, preprocessing);
    return this.#dequantize(input.name, input, { scale, zero: 0 });
  }

  constants(layer: Layer, kernel: Kernel, input: Tensor): readonly [string, string] {
    if (layer.name === this.#inFloats) return this.#floats.constants(layer, kernel);
    const { values, scales } = quantizeKernel(kernel);
    const weights = this.graph.constant(`${layer.name}/kernel`, {
      type: 'int8',
      shape: kernel.shape,
      data: values,
    });
    const weightScales = this.graph.floats(`${layer.name}/scales`, [scales.length], scales);
    // Zero is the default, but onnxruntime's fused Gemm requires it to be present.
    const zeros = { type: 'int8', shape: [scales.length], data: new Int8Array(scales.length) } as const;
    const zero = this.graph.constant(`${layer.name}/zeros`, zeros);
    const name = this.graph.node('DequantizeLinear', [weights, weightScales, zero], { axis: 0 });
    return [name, this.#bias(layer, kernel, input, scales)];
  }

  /** The last layer's outputs stay floats for the softmax: rounding would cost accuracy and save nothing. */
  output(layer: Layer, output: Tensor): Tensor {
    const range = own(this.ranges, layer.name);
    if (!range) return output;
    const quantized = quantizedRange(range);
    return layer.name === this.#inFloats
      ? { ...output, pending: quantized }
      : this.#quantize(output, quantized);
  }

  moved(output: Tensor, { quantized, pending }: Tensor): Tensor {
    if (pending) return this.#quantizeAfterPooling(output, pending);
    return quantized ? this.#quantize(output, quantized) : output;
  }

  /**
   * onnxruntime moves a QuantizeLinear from behind a MaxPool to its front, which makes the MaxPool slower than all other
   * layers together. It does not move one past a Mul, and doubling value and scale does not change the result.
   */
  #quantizeAfterPooling(pooled: Tensor, { scale, zero }: Quantized): Tensor {
    const two = this.graph.floats('two', [], Float32Array.of(2));
    const doubled = this.graph.node('Mul', [pooled.name, two]);
    const numbers = this.graph.node('QuantizeLinear', [
      doubled,
      ...this.#parameters({ scale: 2 * scale, zero }),
    ]);
    return this.#dequantize(numbers, pooled, { scale, zero });
  }

  /** The bias in the unit of the summed products of inputs and weights. */
  #bias(layer: Layer, kernel: Kernel, input: Tensor, scales: Float32Array): string {
    const shape = [kernel.bias.length];
    if (!input.quantized) return this.graph.floats(`${layer.name}/bias`, shape, kernel.bias);
    const inputScale = input.quantized.scale;
    const units = scales.map((scale) => scale * inputScale);
    const data = Int32Array.from(kernel.bias, (bias, i) => Math.round(bias / units[i]!));
    const bias = this.graph.constant(`${layer.name}/bias`, { type: 'int32', shape, data });
    const unit = this.graph.floats(`${layer.name}/units`, shape, units);
    return this.graph.node('DequantizeLinear', [bias, unit], { axis: 0 });
  }

  #quantize(tensor: Tensor, quantized: Quantized): Tensor {
    const name = this.graph.node('QuantizeLinear', [tensor.name, ...this.#parameters(quantized)]);
    return this.#dequantize(name, tensor, quantized);
  }

  #dequantize(name: string, tensor: Tensor, quantized: Quantized): Tensor {
    return {
      ...tensor,
      name: this.graph.node('DequantizeLinear', [name, ...this.#parameters(quantized)]),
      quantized,
    };
  }

  #parameters({ scale, zero }: Quantized): [string, string] {
    return [
      this.graph.floats('scale', [], Float32Array.of(scale)),
      this.graph.constant('zero', { type: 'uint8', shape: [], data: Uint8Array.of(zero) }),
    ];
  }
}

/**
 * Name of the first convolution if it stays in floats in the 8-bit graph: with one input channel, onnxruntime's integer
 * kernel is not faster. Only before a max pooling, which leaves fewer values to quantize; otherwise quantizing the
 * output costs more than it saves.
 */
export function convolutionInFloats(calls: readonly Call[]): string | undefined {
  const following = new Lookahead(calls);
  const convolution = following.takeIf('Conv2D');
  if (!convolution) return undefined;
  if (isLinear(convolution)) {
    // The translation folds these into the convolution.
    following.takeIf('BatchNormalization');
    following.takeIf('Activation', 'ReLU');
  }
  return following.takeIf('MaxPooling2D') && convolution.name;
}

/** A range that includes 0, so that 0 (padding, a ReLU's minimum) is exact. */
function quantizedRange([least, most]: readonly [number, number]): Quantized {
  const [low, high] = [Math.min(0, least), Math.max(0, most)];
  const scale = (high - low || 1) / 255;
  return { scale, zero: Math.round(-low / scale) };
}

/** Symmetric, −127 … 127, by output channel. */
function quantizeKernel({ values, bias }: Kernel): { values: Int8Array; scales: Float32Array } {
  const size = values.length / bias.length;
  const scales = new Float32Array(bias.length);
  const quantized = new Int8Array(values.length);
  for (let channel = 0; channel < bias.length; channel++) {
    const own = values.subarray(channel * size, (channel + 1) * size);
    const largest = own.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
    const scale = (largest || 1) / 127;
    scales[channel] = scale;
    for (let i = 0; i < size; i++) quantized[channel * size + i] = Math.round(own[i]! / scale);
  }
  return { values: quantized, scales };
}
