import type { Config } from './layer-options';

/** A layer that computes value × scale + offset: one number for all values, or one for each channel. */
export interface Affine {
  readonly scale: readonly number[];
  readonly offset: readonly number[];
}

/** Keras's smallest divisor. */
const EPSILON = 1e-7;

/** Of a Rescaling layer; undefined if an option is neither a number nor a list of numbers. */
export function rescaling(config: Config): Affine | undefined {
  const scale = numbersIn(config['scale']);
  const offset = numbersIn(config['offset'] ?? 0);
  return scale && offset && withEqualLengths(scale, offset);
}

/**
 * Of a Normalization layer, whose mean and variance are options or weights: (value − mean) / √variance, or the inverse.
 * Undefined without them.
 */
export function normalization(
  config: Config,
  weightOf: (name: string) => ArrayLike<number> | undefined,
): Affine | undefined {
  const mean = numbersIn(config['mean'] ?? weightOf('mean'));
  const variance = numbersIn(config['variance'] ?? weightOf('variance'));
  const equal = mean && variance && withEqualLengths(variance, mean);
  if (!equal) return undefined;
  const deviation = equal.scale.map((one) => Math.max(Math.sqrt(one), EPSILON));
  if (config['invert'] === true) return { scale: deviation, offset: equal.offset };
  const scale = deviation.map((one) => 1 / one);
  return { scale, offset: equal.offset.map((one, i) => -one * scale[i]!) };
}

/** Whether a Normalization has one mean for each channel (the last axis), or one for all values. */
export function isByChannel(axis: unknown, rank: number): boolean {
  const axes = axis === undefined ? [-1] : [axis ?? []].flat();
  return axes.length === 0 || (axes.length === 1 && (axes[0] === -1 || axes[0] === rank));
}

function numbersIn(value: unknown): number[] | undefined {
  const numbers = typeof value === 'number' ? [value] : listIn(value);
  return numbers?.length && numbers.every((one) => Number.isFinite(one)) ? numbers : undefined;
}

/** Keras nests a list once for each axis. */
function listIn(value: unknown): number[] | undefined {
  if (value instanceof Float32Array) return Array.from(value);
  return Array.isArray(value) ? (value.flat(Infinity) as number[]) : undefined;
}

function withEqualLengths(scale: number[], offset: number[]): Affine | undefined {
  const length = Math.max(scale.length, offset.length);
  const filled = (values: number[]) =>
    values.length === 1 ? Array<number>(length).fill(values[0]!) : values;
  const pair = { scale: filled(scale), offset: filled(offset) };
  return pair.scale.length === pair.offset.length ? pair : undefined;
}
