import { unsupported, type Layer, type Weight } from './layer';

/** Readers of a layer's options; unsupported values throw MODEL_UNSUPPORTED. */

/** Height and width. */
type Pair = readonly [number, number];

/** Far above real models; larger ones would only use up the memory. */
const MAX_LENGTH = 100_000;

/** A length, or a pair of them, as height and width. */
export function pairOf(layer: Layer, option: string, otherwise: Pair = [1, 1]): Pair {
  const value = layer.config[option] ?? otherwise;
  if (isLength(value)) return [value, value];
  if (Array.isArray(value) && value.length === 2 && value.every(isLength)) return value as unknown as Pair;
  throw unsupported(layer, `has ${option} ${JSON.stringify(value)}`);
}

/** Widths on each side of an image: a number for all, two for height and width, or a pair for each. */
export function sidesOf(layer: Layer, option: string, otherwise: number): readonly [Pair, Pair] {
  const value = layer.config[option] ?? otherwise;
  const axes = Array.isArray(value) && value.length === 2 ? (value as unknown[]) : [value, value];
  const [rows, columns] = axes.map((axis) => (Array.isArray(axis) ? (axis as unknown[]) : [axis, axis]));
  if (
    [rows!, columns!].every((pair) => pair.length === 2 && pair.every((side) => side === 0 || isLength(side)))
  )
    return [rows, columns] as unknown as readonly [Pair, Pair];
  throw unsupported(layer, `has ${option} ${JSON.stringify(value)}`);
}

function isLength(value: unknown): value is number {
  return Number.isInteger(value) && (value as number) > 0 && (value as number) <= MAX_LENGTH;
}

/** A number of channels or of groups. */
export function countOf(layer: Layer, option: string, otherwise: number): number {
  const value = layer.config[option] ?? otherwise;
  if (isLength(value)) return value;
  throw unsupported(layer, `has ${option} ${JSON.stringify(value)}`);
}

export function numberOf(layer: Layer, option: string, otherwise: number): number {
  const value = layer.config[option] ?? otherwise;
  if (typeof value === 'number') return value;
  throw unsupported(layer, `has ${option} ${JSON.stringify(value)}`);
}

/** Throws unless the option is absent or one of the values. */
export function requireOption(layer: Layer, option: string, values: readonly unknown[]): void {
  const value = layer.config[option];
  if (value !== undefined && value !== null && !values.includes(value))
    throw unsupported(layer, `has ${option} ${JSON.stringify(value)}`);
}

/** A weight by its name; some have another one in Keras 3. */
export function weightOf(layer: Layer, ...names: readonly [string, ...string[]]): Weight {
  const name = names.find((one) => layer.weights.has(one));
  if (name !== undefined) return layer.weights.get(name)!;
  throw unsupported(layer, `has no weight ${names[0]}`);
}

/** The values of a weight that is present unless the option is false. */
export function optionalWeight(layer: Layer, name: string, option: string): Float32Array | undefined {
  return layer.config[option] === false ? undefined : weightOf(layer, name).values;
}

/** Throws unless the axis is the last one: −1, or its number, alone or in a list. `rank` does not count the batch. */
export function requireLastAxis(layer: Layer, rank: number): void {
  const axes = [layer.config['axis'] ?? -1].flat();
  if (axes.length !== 1 || ![-1, rank].includes(axes[0] as number))
    throw unsupported(layer, `has axis ${JSON.stringify(layer.config['axis'])}`);
}

/** Whether the layer has no activation. */
export function isLinear({ config }: Layer): boolean {
  return (config['activation'] ?? 'linear') === 'linear';
}

/** Whether the padding is `same`; the default is `valid`. */
export function hasSamePadding(layer: Layer): boolean {
  requireOption(layer, 'padding', ['same', 'valid']);
  return layer.config['padding'] === 'same';
}

/**
 * The padding in ONNX's terms. With dilation, onnxruntime requires explicit widths for `same`; where windows do not touch,
 * it would compute negative ones.
 */
export function paddingOf(
  size: Pair,
  kernel: Pair,
  strides: Pair,
  same: boolean,
  dilations: Pair = [1, 1],
): { auto_pad: string } | { pads: readonly number[] } {
  if (!same) return { auto_pad: 'VALID' };
  const isDense = dilations.every((rate, axis) => rate === 1 && strides[axis]! <= kernel[axis]!);
  if (isDense) return { auto_pad: 'SAME_UPPER' };
  const around = ([0, 1] as const).map((axis) => {
    const steps = Math.ceil(size[axis] / strides[axis]) - 1;
    return Math.max(0, steps * strides[axis] + reachOf(kernel, dilations, axis) - size[axis]);
  });
  return { pads: [...around.map((width) => width >> 1), ...around.map((width) => (width + 1) >> 1)] };
}

function reachOf(kernel: Pair, dilations: Pair, axis: 0 | 1): number {
  return (kernel[axis] - 1) * dilations[axis] + 1;
}

/** Height and width of the output of a sliding window. */
export function slide(
  [height, width]: Pair,
  kernel: Pair,
  strides: Pair,
  same: boolean,
  dilations: Pair = [1, 1],
): [number, number] {
  const along = (size: number, axis: 0 | 1): number => {
    const reach = reachOf(kernel, dilations, axis);
    return same ? Math.ceil(size / strides[axis]) : Math.floor((size - reach) / strides[axis]) + 1;
  };
  return [along(height, 0), along(width, 1)];
}
