import { own } from '../../core/own';
import type { Compilation, Tensor } from './compilation';
import { unsupported, type Layer } from './layer';
import { numberOf } from './options';
import { above, leakyRelu, relu } from './relu';

/** Adds the nodes of a function of each value; returns the name of the output. */
type Function = (to: Compilation, input: string) => string;

const operator =
  (name: string): Function =>
  ({ graph }, input) =>
    graph.node(name, [input]);

/** Keras's slope of its function `leaky_relu`; the layer LeakyReLU has an option. */
const LEAKY_SLOPE = 0.2;

const FUNCTIONS: Readonly<Record<string, Function>> = {
  linear: (_to, input) => input,
  relu: operator('Relu'),
  sigmoid: operator('Sigmoid'),
  tanh: operator('Tanh'),
  relu6: (to, input) => clip(to, input, 0, 6),
  elu: operator('Elu'),
  selu: operator('Selu'),
  softplus: operator('Softplus'),
  softsign: operator('Softsign'),
  exponential: operator('Exp'),
  swish: timesSigmoid,
  silu: timesSigmoid,
  gelu,
  mish: (to, input) => product(to, input, to.graph.node('Tanh', [to.graph.node('Softplus', [input])])),
  leaky_relu: ({ graph }, input) => leakyRelu(graph, input, LEAKY_SLOPE),
  hard_sigmoid: ({ graph, isKeras3 }, input) =>
    graph.node('HardSigmoid', [input], { alpha: { float: isKeras3 ? 1 / 6 : 0.2 }, beta: { float: 0.5 } }),
  hard_swish: operator('HardSwish'),
  hard_silu: operator('HardSwish'),
};

/** The `activation` of a layer. */
export function activation(to: Compilation, input: Tensor, layer: Layer): Tensor {
  const wanted = layer.config['activation'] ?? 'linear';
  if (wanted === 'softmax') return softmax(to, input);
  const apply = typeof wanted === 'string' ? own(FUNCTIONS, wanted) : undefined;
  if (!apply) throw unsupported(layer, `has the activation ${JSON.stringify(wanted)}`);
  return wanted === 'linear' ? input : computed(input, apply(to, input.name));
}

/** A layer that is nothing but a function of each value. */
export function activationLayer(to: Compilation, input: Tensor, layer: Layer): Tensor {
  const { graph } = to;
  switch (layer.className) {
    case 'ReLU':
      return computed(input, relu(graph, input.name, layer));
    case 'LeakyReLU': {
      const slope = numberOf(layer, 'negative_slope', numberOf(layer, 'alpha', 0.3));
      return computed(input, leakyRelu(graph, input.name, slope));
    }
    case 'ThresholdedReLU': {
      const limit = graph.floats('theta', [], Float32Array.of(numberOf(layer, 'theta', 1)));
      return computed(input, above(graph, input.name, limit));
    }
    case 'ELU':
      return computed(
        input,
        graph.node('Elu', [input.name], { alpha: { float: numberOf(layer, 'alpha', 1) } }),
      );
    default:
      return activation(to, input, layer);
  }
}

/** Over the channels or the features. */
export function softmax(to: Compilation, input: Tensor): Tensor {
  const { length: rank } = input.shape;
  return computed(input, to.graph.node('Softmax', [input.name], { axis: rank === 3 ? 1 : rank }));
}

/** New values in the same shape, as floats. */
export function computed(input: Tensor, name: string): Tensor {
  return { ...input, name, quantized: undefined, pending: undefined };
}

function clip({ graph }: Compilation, input: string, ...bounds: readonly number[]): string {
  return graph.node('Clip', [
    input,
    ...bounds.map((bound) => graph.floats('bound', [], Float32Array.of(bound))),
  ]);
}

function product({ graph }: Compilation, some: string, other: string): string {
  return graph.node('Mul', [some, other]);
}

function timesSigmoid(to: Compilation, input: string): string {
  return product(to, input, to.graph.node('Sigmoid', [input]));
}

/** The exact one: x × (1 + erf(x / √2)) / 2. */
function gelu(to: Compilation, input: string): string {
  const { graph } = to;
  const scalar = (value: number) => graph.floats('gelu', [], Float32Array.of(value));
  const erf = graph.node('Erf', [graph.node('Div', [input, scalar(Math.SQRT2)])]);
  return product(to, product(to, input, graph.node('Add', [erf, scalar(1)])), scalar(0.5));
}
