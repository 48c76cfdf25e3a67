import type { Preprocessing } from '../../models/files/model';
import type { OnnxGraph } from './graph';
import type { Layer } from './layer';
import type { Lookahead } from './lookahead';
import type { Kernel } from './weights';

/** A value between two layers. */
export interface Tensor {
  readonly name: string;
  /** Without the batch. Three axes are [channels, height, width]; all other ranks are as in TF.js. */
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
  /** Layers behind the one that is translated. */
  readonly following: Lookahead;
  readonly numbers: Numbers;
  readonly isKeras3: boolean;
}

/** Representation of numbers in the graph: floats, or 8-bit integers where they are faster. */
export interface Numbers {
  /** Converts the uint8 pixels to the input of the first layer. */
  pixels(input: Tensor, preprocessing: Preprocessing): Tensor;
  /** The names of kernel and bias for a layer that takes `input`. */
  constants(layer: Layer, kernel: Kernel, input: Tensor): readonly [kernel: string, bias: string];
  /** Converts the output of a layer with weights, or of a layer that merges others. */
  output(layer: Layer, output: Tensor): Tensor;
  /** Converts the output of a layer that only selects or moves values of its input. */
  moved(output: Tensor, input: Tensor): Tensor;
}
