import { unsupported, type Layer, type Weight } from './topology';

/** Readers of a layer's options; unsupported values throw MODEL_UNSUPPORTED. */

/** A number or a pair of numbers, as height and width. */
export function pairOf(layer: Layer, option: string, otherwise: readonly [number, number] = [1, 1]) {
  const value = layer.config[option] ?? otherwise;
  if (typeof value === 'number') return [value, value] as const;
  if (Array.isArray(value) && value.length === 2 && value.every((part) => Number.isInteger(part)))
    return value as unknown as readonly [number, number];
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

/** Whether the layer has no activation. */
export function isLinear({ config }: Layer): boolean {
  return (config['activation'] ?? 'linear') === 'linear';
}

/** `same` or `valid` in ONNX's terms. */
export function paddingOf(layer: Layer): { auto_pad: string; same: boolean } {
  requireOption(layer, 'padding', ['same', 'valid']);
  const same = layer.config['padding'] === 'same';
  return { auto_pad: same ? 'SAME_UPPER' : 'VALID', same };
}

/** Height and width of the output of a sliding window. */
export function slide(
  [height, width]: readonly [number, number],
  kernel: readonly [number, number],
  strides: readonly [number, number],
  same: boolean,
  dilations: readonly [number, number] = [1, 1],
): [number, number] {
  const along = (size: number, axis: 0 | 1): number => {
    const reach = (kernel[axis] - 1) * dilations[axis] + 1;
    return same ? Math.ceil(size / strides[axis]) : Math.floor((size - reach) / strides[axis]) + 1;
  };
  return [along(height, 0), along(width, 1)];
}
