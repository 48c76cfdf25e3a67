import { unsupported, type Layer, type Weight } from './topology';

/** Readers of a layer's options; unsupported values throw MODEL_UNSUPPORTED. */

/** Height and width. */
type Pair = readonly [number, number];

/** A number or a pair of numbers, as height and width. */
export function pairOf(layer: Layer, option: string, otherwise: Pair = [1, 1]): Pair {
  const value = layer.config[option] ?? otherwise;
  if (typeof value === 'number') return [value, value];
  if (Array.isArray(value) && value.length === 2 && value.every((part) => Number.isInteger(part)))
    return value as unknown as Pair;
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

export function weightOf(layer: Layer, name: string): Weight {
  const weight = layer.weights.get(name);
  if (weight) return weight;
  throw unsupported(layer, `has no weight ${name}`);
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

/** The padding in ONNX's terms. With dilation, onnxruntime requires explicit widths for `same`. */
export function paddingOf(
  size: Pair,
  kernel: Pair,
  strides: Pair,
  same: boolean,
  dilations: Pair = [1, 1],
): { auto_pad: string } | { pads: readonly number[] } {
  if (!same) return { auto_pad: 'VALID' };
  if (dilations.every((rate) => rate === 1)) return { auto_pad: 'SAME_UPPER' };
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
