import { numberOrNaN } from '../../core/text-of';
import {
  isByChannel,
  normalization as normalizationOf,
  rescaling as rescalingOf,
  type Affine,
} from '../affine';
import { computed } from './activations';
import type { Compilation, Tensor } from './compilation';
import { unsupported, type Layer } from './layer';
import { byChannel, channelsOf, fromTfjsLayout, inOrder, inTfjsLayout, shapeInTfjs, sizeOf } from './layout';
import { numberOf, optionalWeight, requireLastAxis, weightOf } from './options';
import { foldBatchNorm } from './weights';

/** Layers that scale and shift values. */

export function rescaling(to: Compilation, input: Tensor, layer: Layer): Tensor {
  return affine(to, input, layer, rescalingOf(layer.config));
}

export function normalization(to: Compilation, input: Tensor, layer: Layer): Tensor {
  if (!isByChannel(layer.config['axis'], input.shape.length))
    throw unsupported(layer, `has axis ${JSON.stringify(layer.config['axis'])}`);
  const valuesOf = (name: string) => layer.weights.get(name)?.values;
  return affine(to, input, layer, normalizationOf(layer.config, valuesOf));
}

/** Value × scale + offset, as floats. */
function affine(to: Compilation, given: Tensor, layer: Layer, values: Affine | undefined): Tensor {
  const channels = channelsOf(given);
  const length = values?.scale.length ?? 0;
  if (!values) throw unsupported(layer, 'has no numbers for its scale and offset, or mean and variance');
  if (length !== 1 && length !== channels)
    throw unsupported(layer, `has ${length} values for ${channels} channels`);
  const input = length === 1 ? given : inOrder(to, given);
  const shape = length === 1 ? [] : byChannel(input, channels);
  const constant = (name: string, numbers: readonly number[]) =>
    to.graph.floats(`${layer.name}/${name}`, shape, Float32Array.from(numbers));
  const scaled = to.graph.node('Mul', [input.name, constant('scale', values.scale)]);
  return computed(input, to.graph.node('Add', [scaled, constant('offset', values.offset)]));
}

/** A normalization that is not directly after a layer with weights, so it cannot be folded. */
export function batchNormalization(to: Compilation, given: Tensor, layer: Layer): Tensor {
  const input = inOrder(to, given);
  requireLastAxis(layer, input.shape.length);
  const channels = channelsOf(input);
  const one = {
    shape: [channels],
    values: new Float32Array(channels).fill(1),
    bias: new Float32Array(channels),
  };
  const { values, bias } = foldBatchNorm(one, layer);
  const shape = byChannel(input, channels);
  const scaled = to.graph.node('Mul', [input.name, to.graph.floats(`${layer.name}/scale`, shape, values)]);
  return computed(input, to.graph.node('Add', [scaled, to.graph.floats(`${layer.name}/shift`, shape, bias)]));
}

/** ONNX normalizes the last axes of TF.js's order. */
export function layerNormalization(to: Compilation, input: Tensor, layer: Layer): Tensor {
  const shape = shapeInTfjs(input);
  const from = firstAxis(layer, shape.length);
  const size = shape.slice(from);
  const constant = (name: string, option: string, otherwise: number): string => {
    const values = optionalWeight(layer, name, option) ?? new Float32Array(sizeOf(size)).fill(otherwise);
    if (values.length !== sizeOf(size))
      throw unsupported(layer, `has ${values.length} values for ${size.join('×')}`);
    return to.graph.floats(`${layer.name}/${name}`, size, values);
  };
  const operands = [inTfjsLayout(to, input), constant('gamma', 'scale', 1), constant('beta', 'center', 0)];
  const options = { axis: from + 1, epsilon: { float: numberOf(layer, 'epsilon', 1e-3) } };
  return fromTfjsLayout(to, to.graph.node('LayerNormalization', operands, options), shape);
}

/** The first of the normalized axes, which must be the last ones of all; without the batch. */
function firstAxis(layer: Layer, rank: number): number {
  const option = layer.config['axis'] ?? -1;
  const axes = (Array.isArray(option) ? (option as unknown[]) : [option]).map((axis) =>
    numberOrNaN(axis) < 0 ? rank + numberOrNaN(axis) : numberOrNaN(axis) - 1,
  );
  const sorted = [...axes].sort((some, other) => some - other);
  const isEnd =
    axes.length > 0 && axes.length <= rank && sorted.every((axis, i) => axis === rank - axes.length + i);
  if (isEnd && sorted.join() === axes.join()) return sorted[0]!;
  throw unsupported(layer, `has axis ${JSON.stringify(option)}`);
}

/** The slopes of the negative values, one for each value, or shared along axes. */
export function prelu(to: Compilation, given: Tensor, layer: Layer): Tensor {
  const input = inOrder(to, given);
  const own = shapeInTfjs(input);
  const { shape, values } = weightOf(layer, 'alpha');
  const fits = shape.length === own.length && shape.every((size, axis) => size === 1 || size === own[axis]);
  if (!fits) throw unsupported(layer, `has slopes of ${shape.join('×')} for ${own.join('×')} values`);
  const slopes = to.graph.floats(`${layer.name}/alpha`, shape, values);
  const turned = shape.length === 3 ? to.graph.node('Transpose', [slopes], { perm: [2, 0, 1] }) : slopes;
  return computed(input, to.graph.node('PRelu', [input.name, turned]));
}
