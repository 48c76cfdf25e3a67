import { textOf } from '../core/text-of';
import { own } from '../core/own';

/** Options of a layer class that a runtime computes. */
export interface KnownOptions {
  /** Options that the runtime reads, and options without effect on its results; `all` for any option. */
  readonly read: readonly string[] | 'all';
  /** Options that the runtime does not read, with the values for which its results are right. */
  readonly only?: Readonly<Record<string, readonly unknown[]>>;
}

/** For layers that return their input at inference, with any option. */
export const ANY_OPTIONS: KnownOptions = { read: 'all' };

/** Both spellings of the only data format that the program computes. */
export const CHANNELS_LAST = ['channels_last', 'channelsLast'] as const;

export type Config = Readonly<Record<string, unknown>>;

/** Options of every layer without effect on inference. */
const WITHOUT_EFFECT =
  /^(name|trainable|batch_input_shape|batch_shape|batch_size|input_shape|seed|.*_(initializer|regularizer|constraint))$/;

/** Weights and inputs in half precision are computed in float32, which is more exact. */
const FLOATS = /^(mixed_)?b?float(16|32|64)$/;

/**
 * The first option for which a runtime would compute wrong results, as a predicate; undefined if there is none.
 * An unknown option is accepted only if it is off: null or false.
 */
export function optionProblem(config: Config, { read, only = {} }: KnownOptions): string | undefined {
  for (const [option, value] of Object.entries(config)) {
    if (value === null || value === undefined || WITHOUT_EFFECT.test(option)) continue;
    if (option === 'dtype' ? isFloat(value) : read === 'all' || read.includes(option)) continue;
    const allowed = own(only, option) ?? [false];
    if (!allowed.some((one) => isEqual(one, value))) return `has ${option} ${JSON.stringify(value)}`;
  }
  return undefined;
}

/** The problem of an entry of a model's list of layers that is a class of the user with the name of a known one. */
export function customProblem(entry: Config): string | undefined {
  const registered = entry['registered_name'];
  const isCustom = typeof registered === 'string' && registered.includes('>');
  return isCustom ? `is the custom class ${JSON.stringify(registered)}` : undefined;
}

/** TF.js writes options in snake case, and some of its tools in camel case. */
export function inSnakeCase(config: Config): Config {
  return Object.fromEntries(Object.entries(config).map(([option, value]) => [snakeCase(option), value]));
}

function snakeCase(option: string): string {
  return option.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}

/** A data type is a name, or a policy of Keras 3 with a name. */
function isFloat(dtype: unknown): boolean {
  if (typeof dtype === 'string') return FLOATS.test(dtype);
  const { class_name: className, config } = dtype as { class_name?: unknown; config?: { name?: unknown } };
  return className === 'DTypePolicy' && FLOATS.test(textOf(config?.name));
}

/** A number stands for a pair of it. */
function isEqual(some: unknown, other: unknown): boolean {
  const pair = typeof some === 'number' && Array.isArray(other) ? other.map(() => some) : some;
  return JSON.stringify(pair) === JSON.stringify(other);
}
