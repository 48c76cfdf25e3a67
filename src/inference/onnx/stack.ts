import { StreamInferError } from '../../core/errors';
import type { Layer } from './topology';

/** What flows from layer to layer. */
export interface Tensor {
  readonly name: string;
  /** Without the batch: [channels, height, width] or [features]. */
  readonly shape: readonly number[];
  /**
   * Set behind a Flatten whose values lie channel by channel, while the weights that follow count them pixel by pixel, as
   * TF.js does: [channels, height, width] before the Flatten.
   */
  readonly flattened?: readonly number[];
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

export function unsupported(layer: Layer, problem: string): StreamInferError {
  return new StreamInferError(
    'MODEL_UNSUPPORTED',
    `The runtime onnx does not know the layer ${layer.name} (${layer.className}): it ${problem}. ` +
      'Use --runtime tfjs-node or tfjs-wasm.',
  );
}
