import { numberOrNaN } from '../../core/text-of';
import { computed } from './activations';
import type { Compilation, Tensor } from './compilation';
import { unsupported, type Layer } from './layer';
import { axisInGraph, inOrder } from './layout';

/** Operators of two values, applied from left to right. */
const OPERATORS: Readonly<Record<string, string>> = {
  Add: 'Add',
  Average: 'Add',
  Subtract: 'Sub',
  Multiply: 'Mul',
  Maximum: 'Max',
  Minimum: 'Min',
};

/** Merges values at the same positions; an axis of length 1 is repeated. */
export function merge(to: Compilation, inputs: readonly Tensor[], layer: Layer): Tensor {
  if (inputs.length < 2 || (layer.className === 'Subtract' && inputs.length !== 2))
    throw unsupported(layer, `has ${inputs.length} inputs`);
  const [first, ...others] = inSameOrder(to, inputs) as [Tensor, ...Tensor[]];
  const operator = OPERATORS[layer.className]!;
  const shape = others.reduce((common, other) => commonShape(layer, common, other.shape), first.shape);
  let name = others.reduce((sum, other) => to.graph.node(operator, [sum, other.name]), first.name);
  if (layer.className === 'Average') {
    const share = to.graph.floats('share', [], Float32Array.of(1 / inputs.length));
    name = to.graph.node('Mul', [name, share]);
  }
  return to.numbers.output(layer, computed({ ...first, shape }, name));
}

export function concatenate(to: Compilation, inputs: readonly Tensor[], layer: Layer): Tensor {
  const ordered = inputs.map((input) => inOrder(to, input));
  const rank = ordered[0]?.shape.length ?? 0;
  const option = layer.config['axis'] ?? -1;
  // Positions count the batch, which cannot be merged.
  const axis = numberOrNaN(option) < 0 ? rank + numberOrNaN(option) : numberOrNaN(option) - 1;
  if (!Number.isInteger(axis) || axis < 0 || axis >= rank)
    throw unsupported(layer, `has axis ${JSON.stringify(option)}`);
  const along = axisInGraph(rank, axis);
  const shape = [...ordered[0]!.shape];
  for (const other of ordered.slice(1)) {
    const fits =
      other.shape.length === rank && other.shape.every((size, i) => i === along || size === shape[i]);
    if (!fits) throw unmergeable(layer, shape, other.shape);
    shape[along]! += other.shape[along]!;
  }
  const names = ordered.map(({ name }) => name);
  const name = to.graph.node('Concat', names, { axis: along + 1 });
  return to.numbers.output(layer, { name, shape });
}

/** Flattened images of one shape need not be reordered. */
function inSameOrder(to: Compilation, inputs: readonly Tensor[]): readonly Tensor[] {
  const orders = new Set(inputs.map(({ flattened }) => flattened?.join() ?? ''));
  return orders.size === 1 ? inputs : inputs.map((input) => inOrder(to, input));
}

function commonShape(layer: Layer, some: readonly number[], other: readonly number[]): readonly number[] {
  const fits =
    some.length === other.length &&
    some.every((size, i) => size === other[i] || size === 1 || other[i] === 1);
  if (!fits) throw unmergeable(layer, some, other);
  return some.map((size, i) => Math.max(size, other[i]!));
}

function unmergeable(layer: Layer, some: readonly number[], other: readonly number[]): Error {
  return unsupported(layer, `merges ${some.join('×')} and ${other.join('×')} values`);
}
