import type { OnnxGraph } from './graph';
import type { Layer } from './topology';
import type { Kernel } from './weights';

/** What flows from layer to layer. */
export interface Tensor {
  readonly name: string;
  /** Without the batch: [channels, height, width] or [features]. */
  readonly shape: readonly number[];
  /**
   * Set behind a Flatten whose values lie channel by channel, while the weights that follow count them pixel by pixel, as
   * TF.js does: [channels, height, width] before the Flatten.
   */
  readonly flattened?: readonly number[] | undefined;
  /** Set where the values are 8-bit numbers that were made floats again: value = scale × (number − zero). */
  readonly quantized?: Quantized | undefined;
  /** Set where the values are floats yet and become such numbers behind the pooling that follows. */
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

/** How numbers are represented in the graph: as floats, or as 8-bit integers where that pays. */
export interface Numbers {
  /** The uint8 pixels as what the first layer takes. */
  pixels(input: Tensor, scaling: number): Tensor;
  /** The names of kernel and bias for a layer that takes `input`. */
  constants(layer: Layer, kernel: Kernel, input: Tensor): readonly [kernel: string, bias: string];
  /** What a layer with weights gives. */
  output(layer: Layer, output: Tensor): Tensor;
  /** What a layer gives that only picks or moves the values of its input. */
  moved(output: Tensor, input: Tensor): Tensor;
}

/** The layers in their order, with a look at those to come. */
export class LayerStack {
  #at = -1;

  constructor(private readonly layers: readonly Layer[]) {}

  next(): Layer | undefined {
    return this.layers[++this.#at];
  }

  /** Takes the following layer out of the row if it has that class. */
  takeIf(className: string): Layer | undefined {
    return this.layers[this.#at + 1]?.className === className ? this.layers[++this.#at] : undefined;
  }

  get last(): Layer {
    return this.layers.at(-1)!;
  }
}
