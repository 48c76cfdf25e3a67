import { textOf } from '../../core/text-of';
import { StreamInferError } from '../../core/errors';
import { inSnakeCase } from '../layer-options';
import { isRecord, type Json } from './json';
import { unsupported } from './layer';
import { inputsByCall, referencesIn, type Reference } from './references';

/** A layer as it is written in the topology. */
export interface LayerPart {
  readonly kind: 'layer';
  readonly className: string;
  readonly name: string;
  readonly config: Json;
  /** All of it, for what is outside of the configuration. */
  readonly entry: Json;
  /** Names of the models around it, the outermost first. */
  readonly models: readonly string[];
  /** Inputs of each call. */
  readonly calls: readonly (readonly Reference[])[];
}

/** A model, or a model inside a model. */
export interface ModelPart {
  readonly kind: 'model';
  readonly className: string;
  readonly name: string;
  readonly parts: ReadonlyMap<string, Part>;
  /** Keys of the parts that are its inputs, with their positions. */
  readonly inputs: ReadonlyMap<string, number>;
  readonly outputs: readonly Output[];
  readonly calls: readonly (readonly Reference[])[];
}

export interface Output {
  /** Names by which it can be chosen. */
  readonly names: readonly string[];
  readonly reference: Reference;
}

export type Part = LayerPart | ModelPart;

/** Far above real models; a file with more is refused instead of using up the memory. */
const MAX_DEPTH = 32;
const MAX_LAYERS = 20_000;

const MODELS = ['Sequential', 'Functional', 'Model'];

/** Key of the input of a Sequential model without an InputLayer; no layer can have this name in TF.js. */
const IMPLICIT_INPUT = '/input';

/** Reads the JSON of a topology. Throws MODEL_UNSUPPORTED or MODEL_CORRUPT. */
export class PartsReader {
  /** All layers in the order of their weights. */
  readonly layers: LayerPart[] = [];

  /** @param model in error messages */
  constructor(private readonly model: string) {}

  read(topology: unknown): ModelPart {
    const config = isRecord(topology) && isModel(topology) ? layersIn(topology) : undefined;
    if (!isRecord(topology) || config === undefined)
      throw this.unusable('it is not a Sequential or functional model');
    return this.#model(topology, nameOf(topology) ?? '', [], []);
  }

  unusable(problem: string): StreamInferError {
    return new StreamInferError(
      'MODEL_UNSUPPORTED',
      `the runtime onnx cannot compile ${this.model}: ${problem}`,
    );
  }

  corrupt(problem: string): StreamInferError {
    return new StreamInferError('MODEL_CORRUPT', `the topology of ${this.model} is malformed: ${problem}`);
  }

  #model(entry: Json, name: string, around: readonly string[], calls: ModelPart['calls']): ModelPart {
    const className = textOf(entry['class_name']);
    if (around.length >= MAX_DEPTH) throw this.unusable(`it has more than ${MAX_DEPTH} models in each other`);
    const entries = layersIn(entry);
    if (entries === undefined) throw this.unusable(`the model ${name} in it has no list of layers`);
    const models = [...around, name];
    const content =
      className === 'Sequential'
        ? this.#sequence(entries, models)
        : this.#functional(entries, entry['config'] as Json, models);
    return { kind: 'model', className, name, calls, ...content };
  }

  #sequence(
    entries: readonly unknown[],
    models: readonly string[],
  ): Pick<ModelPart, 'parts' | 'inputs' | 'outputs'> {
    const parts = new Map<string, Part>();
    const at = (key: string): Reference => ({ name: key, call: 0, tensor: 0 });
    let previous: string | undefined;
    for (const [i, entry] of entries.entries()) {
      const isInput = isRecord(entry) && entry['class_name'] === 'InputLayer';
      if (i === 0 && !isInput) parts.set((previous = IMPLICIT_INPUT), implicitInput(entry, models));
      // Keyed by position: the layers of a sequence are not referred to by name.
      const key = String(i);
      parts.set(
        key,
        this.#part(entry, models, i, () => (previous === undefined ? [] : [[at(previous)]])),
      );
      previous = key;
    }
    if (previous === undefined) throw this.unusable('a Sequential model in it has no layers');
    const last = parts.get(previous)!;
    const [first] = parts.keys();
    return {
      parts,
      inputs: new Map([[first!, 0]]),
      outputs: [{ names: [last.name], reference: at(previous) }],
    };
  }

  #functional(
    entries: readonly unknown[],
    config: Json,
    models: readonly string[],
  ): Pick<ModelPart, 'parts' | 'inputs' | 'outputs'> {
    const parts = new Map<string, Part>();
    for (const [i, entry] of entries.entries()) {
      const part = this.#part(entry, models, i, (written, layer) => {
        const { inbound_nodes: nodes } = inSnakeCase(written);
        return inputsByCall(nodes, layer);
      });
      if (parts.has(part.name)) throw this.corrupt(`two layers have the name ${part.name}`);
      parts.set(part.name, part);
    }
    const { input_layers: inputs, output_layers: outputs } = inSnakeCase(config);
    const model = { name: models.at(-1)!, className: 'Functional' };
    return {
      parts,
      inputs: new Map(referencesIn(inputs, model).map(({ reference }, i) => [reference.name, i])),
      outputs: referencesIn(outputs, model).map(({ key, reference }) => ({
        names: key === undefined ? [reference.name] : [key, reference.name],
        reference,
      })),
    };
  }

  #part(
    entry: unknown,
    models: readonly string[],
    position: number,
    callsOf: (entry: Json, layer: { name: string; className: string }) => readonly (readonly Reference[])[],
  ): Part {
    const name = isRecord(entry) ? nameOf(entry) : undefined;
    const className = isRecord(entry) ? entry['class_name'] : undefined;
    if (!isRecord(entry) || typeof className !== 'string' || name === undefined)
      throw this.unusable(`its layer ${position} has no class_name, or no config with a name`);
    const calls = callsOf(entry, { name, className });
    if (isModel(entry)) return this.#model(entry, name, models, calls);
    const { config } = entry;
    if (!isRecord(config)) throw this.unusable(`its layer ${position} has no config with a name`);
    if ('layers' in config) throw unsupported({ name, className }, 'is a class of model of its own');
    const part: LayerPart = {
      kind: 'layer',
      className,
      name,
      config: inSnakeCase(config),
      entry,
      models,
      calls,
    };
    this.layers.push(part);
    if (this.layers.length > MAX_LAYERS) throw this.unusable(`it has more than ${MAX_LAYERS} layers`);
    return part;
  }
}

function isModel({ class_name: className }: Json): boolean {
  return MODELS.includes(className as string);
}

/** Keras 2.1 and earlier wrote the list itself as the configuration. */
function layersIn({ config }: Json): readonly unknown[] | undefined {
  const layers = isRecord(config) ? config['layers'] : config;
  return Array.isArray(layers) ? layers : undefined;
}

function nameOf({ name, config }: Json): string | undefined {
  const named = isRecord(config) && typeof config['name'] === 'string' ? config['name'] : name;
  return typeof named === 'string' ? named : undefined;
}

/** With the shape that the first layer declares, which may be inside models. */
function implicitInput(entry: unknown, models: readonly string[]): LayerPart {
  let first = entry;
  for (let layers = innerLayers(first); layers; layers = innerLayers(first))
    first = layers.find((one) => isRecord(one) && one['class_name'] === 'InputLayer') ?? layers[0];
  const config = isRecord(first) && isRecord(first['config']) ? inSnakeCase(first['config']) : {};
  const shape = config['batch_input_shape'] ?? config['batch_shape'];
  return {
    kind: 'layer',
    className: 'InputLayer',
    name: IMPLICIT_INPUT,
    config: shape === undefined ? {} : { batch_input_shape: shape },
    entry: {},
    models,
    calls: [],
  };
}

function innerLayers(entry: unknown): readonly unknown[] | undefined {
  return isRecord(entry) && isModel(entry) ? layersIn(entry) : undefined;
}
