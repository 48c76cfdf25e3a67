import type { Numbers, Tensor } from './compilation';
import type { OnnxGraph } from './graph';
import type { Layer } from './topology';
import type { Kernel } from './weights';

/** Everything in float32, as in TF.js. */
export class Floats implements Numbers {
  /** Outputs of the layers with weights, by layer, for the calibration. */
  readonly observed = new Map<string, string>();

  constructor(private readonly graph: OnnxGraph) {}

  pixels(input: Tensor, scaling: number): Tensor {
    const floats = this.graph.node('Cast', [input.name], { to: 1 });
    const factor = this.graph.floats('scaling', [], Float32Array.of(scaling));
    return { ...input, name: this.graph.node('Mul', [floats, factor]) };
  }

  constants(layer: Layer, kernel: Kernel): [string, string] {
    return [
      this.graph.floats(`${layer.name}/kernel`, kernel.shape, kernel.values),
      this.graph.floats(`${layer.name}/bias`, [kernel.bias.length], kernel.bias),
    ];
  }

  output(layer: Layer, output: Tensor): Tensor {
    this.observed.set(layer.name, output.name);
    return output;
  }

  moved(output: Tensor): Tensor {
    return output;
  }
}
