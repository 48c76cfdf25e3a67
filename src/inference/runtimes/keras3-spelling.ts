import { numberOrNaN, textOf } from '../../core/text-of';
import { StreamInferError } from '../../core/errors';
import type { WeightSpec } from '../../models/files/schema';
import type { Config } from '../layer-options';

/** Lists and models inside of each other; models have at most 3. */
const MOST_LEVELS = 16;

/** Arguments of a call without effect at inference. */
const WITHOUT_EFFECT = ['training', 'mask'];

/**
 * A topology as Keras 2 spells it, which TF.js reads, of one as Keras 3 does. Everything spelled as in Keras 2 is kept.
 * Throws MODEL_UNSUPPORTED for a call of a layer with other arguments than tensors.
 */
export function inKeras2Spelling(model: Config, level = 0): Config {
  const { config } = model;
  if (level > MOST_LEVELS) throw unsupported('the model', 'is nested too deeply');
  if (!isRecord(config) || !Array.isArray(config['layers'])) return model;
  const entries: readonly unknown[] = config['layers'];
  const calls = new Calls(entries.filter(isRecord));
  const layers = entries.map((entry) =>
    isRecord(entry) ? inKeras2Spelling(layerOf(entry, calls), level + 1) : entry,
  );
  const ends = Object.fromEntries(
    ['input_layers', 'output_layers'].flatMap((end) =>
      end in config ? [[end, calls.ends(config[end])]] : [],
    ),
  );
  return { ...model, config: { ...config, ...ends, layers } };
}

function layerOf(entry: Config, { callOf }: Calls): Config {
  const { config, inbound_nodes: nodes } = entry;
  const calls = Array.isArray(nodes) ? nodes.map((node: unknown) => callOf(node, entry)) : nodes;
  return {
    ...entry,
    ...(isRecord(config) && { config: configOf(config) }),
    ...(nodes !== undefined && { inbound_nodes: calls }),
  };
}

/** Initializers and the like, written as objects with a module, act during training only. */
function configOf({ batch_shape: shape, ...config }: Config): Config {
  const kept = Object.entries(config).filter(
    ([option, value]) => !(/_(initializer|regularizer|constraint)$/.test(option) && hasModule(value)),
  );
  const { dtype, ...others } = Object.fromEntries(kept);
  const policy = hasModule(dtype) && isRecord(dtype['config']) ? dtype['config']['name'] : dtype;
  // In half precision TF.js computes in float32, too.
  const name = hasModule(dtype) && typeof policy === 'string' && /float/.test(policy) ? 'float32' : policy;
  return {
    ...others,
    ...(shape !== undefined && { batch_input_shape: shape }),
    ...(name !== undefined && { dtype: name }),
  };
}

/** The calls of the layers of one model. */
class Calls {
  readonly #isKeras3: boolean;
  /** Layers that are models: Keras 2 and TF.js count their creation as their first call. */
  readonly #models: ReadonlySet<unknown>;

  constructor(entries: readonly Config[]) {
    this.#isKeras3 = entries.some(({ inbound_nodes: nodes }) => Array.isArray(nodes) && nodes.some(isRecord));
    const models = entries.filter(({ config }) => isRecord(config) && Array.isArray(config['layers']));
    this.#models = new Set(models.map(({ name }) => name));
  }

  /** An object with the arguments of a call becomes the list of its tensors. */
  readonly callOf = (node: unknown, entry: Config): unknown => {
    if (!isRecord(node)) return node;
    const { args, kwargs } = node;
    for (const [option, value] of Object.entries(isRecord(kwargs) ? kwargs : {})) {
      if (value === null || WITHOUT_EFFECT.includes(option)) continue;
      throw unsupported(entry, `is called with ${option} ${JSON.stringify(value)}`);
    }
    return this.#tensorsIn(args, entry, 0);
  };

  /** Inputs or outputs of the model; Keras 3 writes a single one without a list around it. */
  ends(ends: unknown): unknown {
    const list: unknown = Array.isArray(ends) && typeof ends[0] === 'string' ? [ends] : ends;
    return this.#isKeras3 && Array.isArray(list) ? list.map((one) => this.#counted(one)) : list;
  }

  #tensorsIn(value: unknown, entry: Config, level: number): unknown[] {
    if (Array.isArray(value) && level < MOST_LEVELS)
      return value.flatMap((one) => this.#tensorsIn(one, entry, level + 1));
    const history =
      isRecord(value) && isRecord(value['config']) ? value['config']['keras_history'] : undefined;
    if (!Array.isArray(history)) throw unsupported(entry, `is called with ${JSON.stringify(value)}`);
    return [[...(this.#counted(history) as unknown[]), {}]];
  }

  #counted(reference: unknown): unknown {
    if (!Array.isArray(reference) || !this.#models.has(reference[0])) return reference;
    const [name, call, ...others] = reference as unknown[];
    return [name, numberOrNaN(call) + 1, ...others];
  }
}

/**
 * Weights with the names that TF.js gives them: Keras 3 puts the names of models in front of the layer's. A name stays as
 * it is if the short one is not unique.
 */
export function withShortNames(specs: readonly WeightSpec[], model: Config): WeightSpec[] {
  const classes = classesIn(model);
  const names = specs.map(({ name }) => {
    const parts = name.split('/');
    const at = parts.findLastIndex((part, i) => i < parts.length - 1 && classes.has(part));
    if (at < 0) return name;
    const isDepthwise = classes.get(parts[at]!) === 'DepthwiseConv2D' && parts.at(-1) === 'kernel';
    return [...parts.slice(at, -1), isDepthwise ? 'depthwise_kernel' : parts.at(-1)].join('/');
  });
  const isUnique = new Set(names).size === names.length;
  return specs.map((spec, i) => ({ ...spec, name: isUnique ? names[i]! : spec.name }));
}

/** The classes of all layers that are not models, by name. The depth was checked before. */
function classesIn({ config }: Config): Map<string, unknown> {
  const classes = new Map<string, unknown>();
  const layers = isRecord(config) && Array.isArray(config['layers']) ? config['layers'] : [];
  for (const entry of layers.filter(isRecord)) {
    const { config: inner } = entry;
    if (!isRecord(inner)) continue;
    if (Array.isArray(inner['layers'])) for (const [name, one] of classesIn(entry)) classes.set(name, one);
    else classes.set(textOf(inner['name']), entry['class_name']);
  }
  return classes;
}

function hasModule(value: unknown): value is Config {
  return isRecord(value) && 'module' in value;
}

function isRecord(value: unknown): value is Config {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function unsupported(entry: Config | string, problem: string): StreamInferError {
  const { name, class_name: className } = typeof entry === 'string' ? {} : entry;
  const layer = typeof entry === 'string' ? entry : `the layer ${textOf(name)} (${textOf(className)})`;
  return new StreamInferError('MODEL_UNSUPPORTED', `TF.js does not support ${layer}: it ${problem}`);
}
