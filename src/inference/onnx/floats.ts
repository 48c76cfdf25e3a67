import type { Preprocessing } from '../../models/files/model';
import type { Numbers, Tensor } from './compilation';
import type { OnnxGraph } from './graph';
import type { Layer } from './layer';
import { preprocess } from './preprocess';
import type { Kernel } from './weights';

/** Everything in float32, as in TF.js. */
export class Floats implements Numbers {
  /** Outputs of the layers with weights and of merges, for the calibration; several for a shared layer. */
  readonly observed: { readonly layer: string; readonly output: string }[] = [];

  constructor(private readonly graph: OnnxGraph) {}

  pixels(input: Tensor, preprocessing: Preprocessing): Tensor {
    return preprocess(this.graph, input, preprocessing);
  }

  constants(layer: Layer, kernel: Kernel): [string, string] {
    return [
      this.graph.floats(`${layer.name}/kernel`, kernel.shape, kernel.values),
      this.graph.floats(`${layer.name}/bias`, [kernel.bias.length], kernel.bias),
    ];
  }

  output(layer: Layer, output: Tensor): Tensor {
    this.observed.push({ layer: layer.name, output: output.name });
    return output;
  }

  moved(output: Tensor): Tensor {
    return output;
  }
}

/** Without preprocessing: the input has the numbers of the network. */
export class UnchangedFloats extends Floats {
  override pixels(input: Tensor): Tensor {
    return input;
  }
}
