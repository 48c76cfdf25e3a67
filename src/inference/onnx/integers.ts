import type { Numbers, Quantized, Tensor } from './compilation';
import { Floats } from './floats';
import type { OnnxGraph } from './graph';
import type { Layer } from './topology';
import type { Kernel } from './weights';

/** The smallest and the largest output of each layer with weights, seen in a calibration. */
export type Ranges = Readonly<Record<string, readonly [least: number, most: number]>>;

/**
 * 8-bit weights and activations. Each layer's operands pass through a pair QuantizeLinear, DequantizeLinear; onnxruntime
 * fuses these with the operator between them to one on integers. Weights are int8 with a scale for each output channel,
 * activations uint8 with one scale, biases int32. The pixels are 8-bit numbers already.
 *
 * A first convolution that stays in floats takes pixels and weights as the float32 graph does: behind a DequantizeLinear
 * onnxruntime would quantize its weights again.
 */
export class Integers implements Numbers {
  readonly #floats: Floats;
  readonly #inFloats: string | undefined;

  /** @param inFloats the layer that `convolutionInFloats` names */
  constructor(
    private readonly graph: OnnxGraph,
    private readonly ranges: Ranges,
    inFloats: string | undefined,
  ) {
    this.#floats = new Floats(graph);
    this.#inFloats = inFloats;
  }

  pixels(input: Tensor, scaling: number): Tensor {
    if (this.#inFloats !== undefined) return this.#floats.pixels(input, scaling);
    return this.#dequantize(input.name, input, { scale: scaling, zero: 0 });
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
    // Zero is the default, but onnxruntime's fused Gemm wants to see it.
    const zeros = { type: 'int8', shape: [scales.length], data: new Int8Array(scales.length) } as const;
    const zero = this.graph.constant(`${layer.name}/zeros`, zeros);
    const name = this.graph.node('DequantizeLinear', [weights, weightScales, zero], { axis: 0 });
    return [name, this.#bias(layer, kernel, input, scales)];
  }

  /** The outputs of the last layer go on to the softmax as floats: rounding them would cost accuracy and saves nothing. */
  output(layer: Layer, output: Tensor): Tensor {
    const range = this.ranges[layer.name];
    if (!range) return output;
    const quantized = quantizedRange(range);
    return layer.name === this.#inFloats
      ? { ...output, pending: quantized }
      : this.#quantize(output, quantized);
  }

  moved(output: Tensor, { quantized, pending }: Tensor): Tensor {
    if (pending) return this.#quantizeBehindPooling(output, pending);
    return quantized ? this.#quantize(output, quantized) : output;
  }

  /**
   * onnxruntime moves a QuantizeLinear that follows a MaxPool to its front, and the MaxPool then takes longer than all other
   * layers together. It moves none past a Mul, and doubling both value and scale changes no number.
   */
  #quantizeBehindPooling(pooled: Tensor, { scale, zero }: Quantized): Tensor {
    const two = this.graph.floats('two', [], Float32Array.of(2));
    const doubled = this.graph.node('Mul', [pooled.name, two]);
    const numbers = this.graph.node('QuantizeLinear', [
      doubled,
      ...this.#parameters({ scale: 2 * scale, zero }),
    ]);
    return this.#dequantize(numbers, pooled, { scale, zero });
  }

  /** In the unit in which the products of inputs and weights are summed up. */
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

/** A range that holds 0, so that 0 (padding, a ReLU's floor) is exact. */
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
