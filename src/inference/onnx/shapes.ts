import type { Compilation, Tensor } from './compilation';
import { unsupported, type Layer } from './layer';
import {
  axisInGraph,
  fromTfjsLayout,
  inOrder,
  inTfjsLayout,
  integers,
  requireImage,
  reshapeNode,
  sizeOf,
} from './layout';
import { countOf, pairOf, sidesOf } from './options';

/** Layers that move, repeat or leave out values. */

/** Positions of the graph's axes (channels, height, width) in TF.js's order. */
const IN_TFJS = [2, 0, 1];
const MAX_RANK = 6;

/** If a Dense follows, its rows are reordered instead of the values. */
export function flatten(to: Compilation, input: Tensor): Tensor {
  const name = to.graph.node('Flatten', [input.name]);
  const flattened = input.shape.length === 3 ? input.shape : input.flattened;
  return to.numbers.moved({ name, shape: [sizeOf(input.shape)], flattened }, input);
}

export function reshape(to: Compilation, input: Tensor, layer: Layer): Tensor {
  const shape = targetShape(layer, sizeOf(input.shape));
  const name = reshapeNode(to, inTfjsLayout(to, input), shape);
  return to.numbers.moved(fromTfjsLayout(to, name, shape), input);
}

function targetShape(layer: Layer, size: number): readonly number[] {
  const wanted: unknown = layer.config['target_shape'];
  const isList = Array.isArray(wanted) && wanted.length <= MAX_RANK;
  const lengths = isList
    ? (wanted as unknown[]).map((one) => (Number.isInteger(one) ? (one as number) : 0))
    : [];
  const known = lengths.filter((one) => one > 0).reduce((product, length) => product * length, 1);
  const shape = lengths.map((one) => (one === -1 ? size / known : one));
  const isWhole = shape.length > 0 && shape.every((one) => Number.isInteger(one) && one > 0);
  if (isWhole && sizeOf(shape) === size) return shape;
  throw unsupported(layer, `has target_shape ${JSON.stringify(wanted)} for ${size} values`);
}

export function permute(to: Compilation, flat: Tensor, layer: Layer): Tensor {
  const input = inOrder(to, flat);
  const option: unknown = layer.config['dims'];
  const dims: readonly unknown[] = Array.isArray(option) ? option : [];
  const { length: rank } = input.shape;
  const isPermutation = [...dims].sort().join() === input.shape.map((_, i) => i + 1).join();
  if (!isPermutation) throw unsupported(layer, `has dims ${JSON.stringify(option)} for ${rank} axes`);
  const from = input.shape.map((_, axis) => {
    const wanted = rank === 3 ? IN_TFJS[axis]! : axis;
    return axisInGraph(rank, (dims[wanted] as number) - 1);
  });
  const name = to.graph.node('Transpose', [input.name], { perm: [0, ...from.map((axis) => axis + 1)] });
  return to.numbers.moved({ name, shape: from.map((axis) => input.shape[axis]!) }, input);
}

export function zeroPadding(to: Compilation, input: Tensor, layer: Layer): Tensor {
  const [channels, height, width] = requireImage(layer, input);
  const [[top, bottom], [left, right]] = sidesOf(layer, 'padding', 1);
  const pads = integers(to, 'pads', [0, 0, top, left, 0, 0, bottom, right]);
  const name = to.graph.node('Pad', [input.name, pads]);
  return to.numbers.moved({ name, shape: [channels, top + height + bottom, left + width + right] }, input);
}

export function cropping(to: Compilation, input: Tensor, layer: Layer): Tensor {
  const [, height, width] = requireImage(layer, input);
  const [[top, bottom], [left, right]] = sidesOf(layer, 'cropping', 0);
  return slice(to, input, [top, left], [height - top - bottom, width - left - right]);
}

/** The part in the middle. Keras enlarges a smaller image instead. */
export function centerCrop(to: Compilation, input: Tensor, layer: Layer): Tensor {
  const [, height, width] = requireImage(layer, input);
  const [rows, columns] = [countOf(layer, 'height', height), countOf(layer, 'width', width)];
  if (rows > height || columns > width)
    throw unsupported(layer, `has only ${height}×${width} pixels to crop`);
  return slice(to, input, [(height - rows) >> 1, (width - columns) >> 1], [rows, columns]);
}

function slice(
  to: Compilation,
  input: Tensor,
  [top, left]: readonly [number, number],
  [height, width]: readonly [number, number],
): Tensor {
  const bounds = [
    [top, left],
    [top + height, left + width],
    [2, 3],
  ].map((values) => integers(to, 'bounds', values));
  const name = to.graph.node('Slice', [input.name, ...bounds]);
  return to.numbers.moved({ name, shape: [input.shape[0]!, height, width] }, input);
}

/** Keras and onnxruntime both take the centres of pixels for their coordinates. */
const BILINEAR = { mode: 'linear', coordinate_transformation_mode: 'half_pixel' };

export function resizing(to: Compilation, input: Tensor, layer: Layer): Tensor {
  const [channels, height, width] = requireImage(layer, input);
  const size = [countOf(layer, 'height', height), countOf(layer, 'width', width)];
  const { graph } = to;
  const batchAndChannels = graph.node('Shape', [input.name], { start: 0, end: 2 });
  const sizes = graph.node('Concat', [batchAndChannels, integers(to, 'size', size)], { axis: 0 });
  const name = graph.node('Resize', [input.name, '', '', sizes], BILINEAR);
  return to.numbers.moved({ name, shape: [channels, ...size] }, input);
}

export function upSampling(to: Compilation, input: Tensor, layer: Layer): Tensor {
  const [channels, height, width] = requireImage(layer, input);
  const [rows, columns] = pairOf(layer, 'size', [2, 2]);
  const scales = to.graph.floats('scales', [4], Float32Array.of(1, 1, rows, columns));
  const isLinear = layer.config['interpolation'] === 'bilinear';
  const how = isLinear
    ? BILINEAR
    : { mode: 'nearest', coordinate_transformation_mode: 'asymmetric', nearest_mode: 'floor' };
  const name = to.graph.node('Resize', [input.name, '', scales], how);
  return to.numbers.moved({ name, shape: [channels, height * rows, width * columns] }, input);
}
