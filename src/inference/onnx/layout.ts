import type { Compilation, Tensor } from './compilation';
import { unsupported, type Layer } from './layer';

/** Positions of TF.js's axes (height, width, channels) in ONNX's order. */
const CHANNELS_FIRST = [1, 2, 0];

/** The shape in TF.js's order. */
export function shapeInTfjs({ shape }: Tensor): readonly number[] {
  const [channels = 0, height = 0, width = 0] = shape;
  return shape.length === 3 ? [height, width, channels] : shape;
}

/** The position of an axis of TF.js (without the batch) in the graph's order (without the batch). */
export function axisInGraph(rank: number, axis: number): number {
  return rank === 3 ? CHANNELS_FIRST[axis]! : axis;
}

export function channelsOf({ shape }: Tensor): number {
  return (shape.length === 3 ? shape[0] : shape.at(-1)) ?? 0;
}

/** The shape of a constant with one value for each channel. */
export function byChannel({ shape }: Tensor, channels: number): readonly number[] {
  return shape.length === 3 ? [channels, 1, 1] : [channels];
}

export function sizeOf(shape: readonly number[]): number {
  return shape.reduce((product, length) => product * length, 1);
}

/** A flattened image in TF.js's order; other tensors as they are. */
export function inOrder(to: Compilation, input: Tensor): Tensor {
  const { flattened, shape } = input;
  if (!flattened) return input;
  if (isSameInBothOrders(flattened)) return { ...input, flattened: undefined };
  const image = reshapeNode(to, input.name, flattened);
  const turned = to.graph.node('Transpose', [image], { perm: [0, 2, 3, 1] });
  return to.numbers.moved({ name: reshapeNode(to, turned, shape), shape }, input);
}

/** The name of the values in TF.js's order and shape. */
export function inTfjsLayout(to: Compilation, input: Tensor): string {
  const ordered = inOrder(to, input);
  if (ordered.shape.length !== 3) return ordered.name;
  if (isSameInBothOrders(ordered.shape)) return reshapeNode(to, ordered.name, shapeInTfjs(ordered));
  return to.graph.node('Transpose', [ordered.name], { perm: [0, 2, 3, 1] });
}

/** A tensor of values that are in TF.js's order and shape. */
export function fromTfjsLayout(to: Compilation, name: string, shape: readonly number[]): Tensor {
  if (shape.length !== 3) return { name, shape };
  const [height = 0, width = 0, channels = 0] = shape;
  const turned = [channels, height, width];
  if (isSameInBothOrders(turned)) return { name: reshapeNode(to, name, turned), shape: turned };
  return { name: to.graph.node('Transpose', [name], { perm: [0, 3, 1, 2] }), shape: turned };
}

/** Adds a Reshape, which keeps the batch. */
export function reshapeNode(to: Compilation, input: string, shape: readonly number[]): string {
  return to.graph.node('Reshape', [input, integers(to, 'shape', [0, ...shape])]);
}

/** A constant of 64-bit integers. */
export function integers(to: Compilation, name: string, values: readonly number[]): string {
  const data = BigInt64Array.from(values, BigInt);
  return to.graph.constant(name, { type: 'int64', shape: [values.length], data });
}

/** Height, width and channels of an image. */
export function requireImage(
  layer: Layer,
  { shape }: Tensor,
): readonly [channels: number, height: number, width: number] {
  if (shape.length === 3) return shape as unknown as [number, number, number];
  throw unsupported(layer, `needs an image, but gets ${shape.join('×')} values`);
}

/** Whether there is one channel or one pixel. */
function isSameInBothOrders([channels = 0, height = 0, width = 0]: readonly number[]): boolean {
  return channels === 1 || height * width === 1;
}
