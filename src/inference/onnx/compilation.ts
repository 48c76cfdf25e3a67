import type { OnnxGraph } from './graph';
import type { Layer } from './topology';
import type { Kernel } from './weights';

/** A value between two layers. */
export interface Tensor {
  readonly name: string;
  /** Without the batch: [channels, height, width] or [features]. */
  readonly shape: readonly number[];
  /**
   * Set after a Flatten: the values are ordered by channel, but the following weights expect TF.js's order by pixel.
   * [channels, height, width] before the Flatten.
   */
  readonly flattened?: readonly number[] | undefined;
  /** Set if the values are dequantized 8-bit numbers: value = scale × (number − zero). */
  readonly quantized?: Quantized | undefined;
  /** Set if the values are floats that are quantized after the following pooling. */
  readonly pending?: Quantized | undefined;
}

export interface Quantized {
  readonly scale: number;
  /** 0–255. */
  readonly zero: number;
}

/** One compilation of one model. */
export interface Compilation {
  readonly graph: OnnxGraph;
  readonly stack: LayerStack;
  readonly numbers: Numbers;
}

/** Representation of numbers in the graph: floats, or 8-bit integers where they are faster. */
export interface Numbers {
  /** Converts the uint8 pixels to the input of the first layer. */
  pixels(input: Tensor, scaling: number): Tensor;
  /** The names of kernel and bias for a layer that takes `input`. */
  constants(layer: Layer, kernel: Kernel, input: Tensor): readonly [kernel: string, bias: string];
  /** Converts the output of a layer with weights. */
  output(layer: Layer, output: Tensor): Tensor;
  /** Converts the output of a layer that only selects or moves values of its input. */
  moved(output: Tensor, input: Tensor): Tensor;
}

/** The layers in order, with a lookahead. */
export class LayerStack {
  #at = -1;

  constructor(private readonly layers: readonly Layer[]) {}

  next(): Layer | undefined {
    return this.layers[++this.#at];
  }

  /** Consumes the next layer if it has that class. */
  takeIf(className: string): Layer | undefined {
    return this.layers[this.#at + 1]?.className === className ? this.layers[++this.#at] : undefined;
  }

  get last(): Layer {
    return this.layers.at(-1)!;
  }
}
