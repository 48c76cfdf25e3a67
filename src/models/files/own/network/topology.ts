import { textOf } from '../../../../core/text-of';
import { StreamInferError } from '../../../../core/errors';
import { inputsOf } from './scaling';

type Json = Readonly<Record<string, unknown>>;

/** A layer of a model from TF.js or Keras, in either spelling. */
export interface LayerEntry {
  readonly className: string;
  readonly name: string;
  readonly config: Json;
  /** Name of a class of the user, `package>Class`; absent for layers of Keras. */
  readonly custom?: string;
  /** Names of the layers that it takes, in its own model. */
  readonly inputs: readonly string[];
  /** The layers of a model inside of the model. */
  readonly model?: ModelEntry;
}

export interface ModelEntry {
  readonly className: string;
  readonly layers: readonly LayerEntry[];
  /** Names of the layers that take the images. */
  readonly inputs: readonly string[];
  /** Names of the layers whose results the model returns. */
  readonly outputs: readonly string[];
}

/** Layers that are Python code or operations of TensorFlow. */
const CODE_IN_FILE = new Set(['Lambda', 'TFOpLambda', 'SlicingOpLambda', 'TensorFlowOpLayer']);
const MAX_LAYERS = 20_000;

/** Reads the layers of a topology. Throws MODEL_UNSUPPORTED for something else than layers in a sequence or a graph. */
export function parseTopology(modelTopology: Json, file: string): ModelEntry {
  // Keras exports nest the model one level deeper than TF.js does.
  const top = modelTopology['model_config'] ?? modelTopology;
  const budget = { left: MAX_LAYERS };
  const model = isRecord(top) ? modelIn(top, budget) : undefined;
  if (model === undefined || model.layers.length === 0) {
    throw new StreamInferError(
      'MODEL_UNSUPPORTED',
      `${file} has no list of layers: its class is ${JSON.stringify(isRecord(top) ? (top['class_name'] ?? null) : null)}; ` +
        'only Sequential and functional models have one; export it to ONNX: python -m tf2onnx.convert',
    );
  }
  if (budget.left < 0)
    throw new StreamInferError('MODEL_UNSUPPORTED', `${file} has more than ${MAX_LAYERS} layers`);
  return model;
}

/** All layers, also those inside of models. */
export function allLayers({ layers }: ModelEntry): LayerEntry[] {
  return layers.flatMap((layer) => [layer, ...(layer.model ? allLayers(layer.model) : [])]);
}

function modelIn({ class_name: className, config }: Json, budget: { left: number }): ModelEntry | undefined {
  // Keras 2.1 and earlier wrote the list itself as the configuration.
  const entries = isRecord(config) ? config['layers'] : config;
  if (!Array.isArray(entries)) return undefined;
  budget.left -= entries.length;
  if (budget.left < 0) return { className: textOf(className), layers: [], inputs: [], outputs: [] };
  const layers = entries.filter(isRecord).map((entry) => layerIn(entry, budget));
  const linked = className === 'Sequential' ? inSequence(layers) : layers;
  const [first, last] = [linked[0]?.name ?? '', linked.at(-1)?.name ?? ''];
  const named = (key: string, otherwise: string): string[] => {
    const names = isRecord(config) ? inputsOf(config[key]) : [];
    return names.length > 0 ? names : [otherwise];
  };
  return {
    className: textOf(className),
    layers: linked,
    inputs: named('input_layers', first),
    outputs: named('output_layers', last),
  };
}

function layerIn(entry: Json, budget: { left: number }): LayerEntry {
  const config = isRecord(entry['config']) ? entry['config'] : {};
  const model = modelIn(entry, budget);
  const custom = [entry['registered_name'], entry['class_name']].find(isCustom);
  return {
    className: textOf(entry['class_name']),
    name: nameIn(entry) ?? nameIn(config) ?? '',
    config,
    inputs: inputsOf(entry['inbound_nodes']),
    ...(model && { model }),
    ...(custom !== undefined && { custom }),
  };
}

function nameIn({ name }: Json): string | undefined {
  return typeof name === 'string' ? name : undefined;
}

function inSequence(layers: readonly LayerEntry[]): LayerEntry[] {
  return layers.map((layer, i) => ({ ...layer, inputs: i === 0 ? [] : [layers[i - 1]!.name] }));
}

function isCustom(name: unknown): name is string {
  return typeof name === 'string' && (name.includes('>') || CODE_IN_FILE.has(name));
}

function isRecord(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
