import { textOf } from '../../core/text-of';
import { own } from '../../core/own';
import { StreamInferError } from '../../core/errors';
import { layersIn, type LayersNetwork, type ModelFiles } from '../../models/files/model';
import { isTrainingOnly } from '../../models/files/own/network/scaling';
import { isByChannel, normalization, rescaling } from '../affine';
import { customProblem, inSnakeCase, optionProblem, type Config } from '../layer-options';
import { inKeras2Spelling, withShortNames } from './keras3-spelling';
import { TFJS_OPTIONS } from './known-options';

type Artifacts = Pick<LayersNetwork, 'modelTopology' | 'weightSpecs' | 'weightData'>;

interface Entry {
  readonly class_name: string;
  readonly config: Config;
}

/** The layers of Keras whose pixels are images: rows, columns and channels. */
const IMAGE_RANK = 3;

/**
 * A model for `tf.loadLayersModel` with the same results as in Keras: layers unknown to TF.js become equal ones. Throws
 * MODEL_UNSUPPORTED, naming a layer and an option that TF.js would silently ignore.
 */
export function adaptForTfjs(files: ModelFiles): Artifacts {
  const network = inKeras2(layersIn(files));
  const adapter = new Adapter(network);
  const { modelTopology: topology } = network;
  const model = topology['model_config'];
  const modelTopology = isRecord(model)
    ? { ...topology, model_config: adapter.adaptModel(model) }
    : adapter.adaptModel(topology);
  return { modelTopology, ...adapter.remainingWeights() };
}

/** Keras exports nest the model one level deeper than TF.js does. */
function inKeras2(network: LayersNetwork): LayersNetwork {
  const { modelTopology: topology } = network;
  const model = topology['model_config'];
  const spelled = inKeras2Spelling(isRecord(model) ? model : topology);
  const weightSpecs = withShortNames(network.weightSpecs, spelled);
  return {
    ...network,
    weightSpecs,
    modelTopology: isRecord(model) ? { ...topology, model_config: spelled } : spelled,
  };
}

class Adapter {
  /** Weights by name, with the offset of their values in bytes. */
  readonly #weights = new Map<string, { readonly at: number; readonly length: number }>();
  readonly #replaced = new Set<string>();
  readonly #isKeras3: boolean;

  constructor(private readonly files: LayersNetwork) {
    let at = 0;
    for (const { name, shape } of files.weightSpecs) {
      const length = shape.reduce((product, size) => product * size, 1);
      this.#weights.set(name, { at, length });
      at += length * Float32Array.BYTES_PER_ELEMENT;
    }
    this.#isKeras3 = /^"3/.test(JSON.stringify(files.modelTopology['keras_version'] ?? null));
  }

  /** Keras 2.1 and earlier wrote the list of layers itself as the configuration. */
  adaptModel(model: Config): Config {
    const { config } = model;
    if (Array.isArray(config)) return { ...model, config: this.#adaptAll(config) };
    if (!isRecord(config) || !Array.isArray(config['layers'])) return model;
    return { ...model, config: { ...config, layers: this.#adaptAll(config['layers']) } };
  }

  /** The weights without the ones of replaced layers. */
  remainingWeights(): Pick<Artifacts, 'weightSpecs' | 'weightData'> {
    const { weightSpecs, weightData } = this.files;
    if (this.#replaced.size === 0) return { weightSpecs, weightData };
    const kept = weightSpecs.filter(({ name }) => !this.#replaced.has(name));
    const parts = kept.map(({ name }) => {
      const { at, length } = this.#weights.get(name)!;
      return Buffer.from(weightData, at, length * Float32Array.BYTES_PER_ELEMENT);
    });
    return { weightSpecs: kept, weightData: new Uint8Array(Buffer.concat(parts)).buffer };
  }

  #adaptAll(entries: readonly unknown[]): unknown[] {
    return entries.map((entry) => (isEntry(entry) ? this.#adaptLayer(entry) : entry));
  }

  #adaptLayer(entry: Entry): Config {
    if ('layers' in entry.config || Array.isArray(entry.config)) return this.adaptModel({ ...entry });
    const config = inSnakeCase(entry.config);
    const { class_name: className, config: equal } = this.#equalLayer({ ...entry, config });
    const known = own(TFJS_OPTIONS, className);
    if (!known) throw unsupported(entry, 'is not a layer that TF.js computes as Keras does');
    const problem =
      customProblem({ ...entry }) ?? this.#activationProblem(config) ?? optionProblem(equal, known);
    if (problem !== undefined) throw unsupported(entry, problem);
    return { ...entry, class_name: className, config: this.#withAdaptedLayers(equal) };
  }

  /** For layers with layers inside, for example TimeDistributed. */
  #withAdaptedLayers(config: Config): Config {
    const adapt = (value: unknown): unknown =>
      Array.isArray(value) ? this.#adaptAll(value) : this.#adaptAll([value])[0];
    const inner = ['layer', 'cell', 'cells'].filter((option) => option in config);
    return { ...config, ...Object.fromEntries(inner.map((option) => [option, adapt(config[option])])) };
  }

  /** A layer of TF.js that computes the same; the layer itself if there is none. */
  #equalLayer(entry: Entry): Entry {
    const { class_name: className, config } = entry;
    if (isTrainingOnly(className) && own(TFJS_OPTIONS, className) === undefined)
      return { class_name: 'Activation', config: { ...commonOf(config), activation: 'linear' } };
    switch (className) {
      case 'InputLayer':
        return /^u?int/.test(textOf(config['dtype']))
          ? { ...entry, config: { ...config, dtype: 'float32' } }
          : entry;
      case 'ReLU':
        return equalRelu(entry);
      case 'LeakyReLU': {
        const { negative_slope: slope, ...others } = config;
        return { ...entry, config: typeof slope === 'number' ? { ...others, alpha: slope } : config };
      }
      case 'Softmax':
        return { ...entry, config: { ...config, axis: config['axis'] ?? -1 } };
      case 'Rescaling':
        if (!rescaling(config)) throw unsupported(entry, 'has no numbers for its scale and offset');
        return entry;
      case 'Normalization':
        return this.#equalRescaling(entry);
      default:
        return entry;
    }
  }

  #equalRescaling(entry: Entry): Entry {
    const { axis, mean, variance, invert, ...others } = entry.config;
    const values = normalization({ mean, variance, invert }, (name) => this.#takeWeight(entry, name));
    this.#takeWeight(entry, 'count');
    if (!values) throw unsupported(entry, 'has no numbers for its mean and variance');
    if (!isByChannel(axis, IMAGE_RANK)) throw unsupported(entry, `has axis ${JSON.stringify(axis)}`);
    const [scale, offset] = [values.scale, values.offset].map((list) => (list.length === 1 ? list[0] : list));
    return { class_name: 'Rescaling', config: { ...others, scale, offset } };
  }

  #takeWeight({ config }: Entry, weight: string): Float32Array | undefined {
    const wanted = `/${textOf(config['name'])}/${weight}`;
    const name = [...this.#weights.keys()].find((one) => `/${one}`.endsWith(wanted));
    if (name === undefined) return undefined;
    this.#replaced.add(name);
    const { at, length } = this.#weights.get(name)!;
    return new Float32Array(this.files.weightData, at, length);
  }

  /** Keras 3 has another hard sigmoid than TF.js; TF.js ignores the options of an activation. */
  #activationProblem(config: Config): string | undefined {
    for (const option of ['activation', 'recurrent_activation']) {
      const value = config[option] ?? 'linear';
      const isSame = typeof value === 'string' && !(this.#isKeras3 && /^hard_?sigmoid$/i.test(value));
      if (!isSame) return `has ${option} ${JSON.stringify(value)}`;
    }
    return undefined;
  }
}

/** TF.js's ReLU has neither a slope nor a threshold; two other layers have one of them. */
function equalRelu(entry: Entry): Entry {
  const { max_value: most, negative_slope: slope, threshold } = entry.config;
  const config = commonOf(entry.config);
  const isUnlimited = most === undefined || most === null;
  if (isUnlimited && isNonZero(slope) && !isNonZero(threshold))
    return { class_name: 'LeakyReLU', config: { ...config, alpha: slope } };
  if (isUnlimited && isNonZero(threshold) && !isNonZero(slope))
    return { class_name: 'ThresholdedReLU', config: { ...config, theta: threshold } };
  return entry;
}

function isNonZero(value: unknown): boolean {
  return typeof value === 'number' && value !== 0;
}

/** Options that every layer has. */
function commonOf(config: Config): Config {
  return Object.fromEntries(
    Object.entries(config).filter(([option]) => /^(name|trainable|dtype|batch_(input_)?shape)$/.test(option)),
  );
}

function isRecord(value: unknown): value is Config {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Keras 2.1 and earlier wrote a list as the configuration of a model. */
function isEntry(value: unknown): value is Entry {
  return isRecord(value) && typeof value['class_name'] === 'string' && typeof value['config'] === 'object';
}

function unsupported({ class_name: className, config }: Entry, problem: string): StreamInferError {
  return new StreamInferError(
    'MODEL_UNSUPPORTED',
    `TF.js does not support the layer ${textOf(config['name'])} (${className}): it ${problem}`,
  );
}
