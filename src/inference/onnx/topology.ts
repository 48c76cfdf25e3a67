import { StreamInferError } from '../../core/errors';
import { layersIn, type LayersNetwork, type ModelFiles } from '../../models/files/model';
import { isTrainingOnly } from '../../models/files/own-scaling';
import { ANY_OPTIONS, customProblem, inSnakeCase, optionProblem } from '../layer-options';
import { KNOWN_OPTIONS } from './known-options';

/** One layer of a TF.js Sequential model, with its weights by their last name (`kernel`, `bias`, `gamma` …). */
export interface Layer {
  readonly className: string;
  readonly name: string;
  readonly config: Readonly<Record<string, unknown>>;
  readonly weights: ReadonlyMap<string, Weight>;
}

export interface Weight {
  readonly shape: readonly number[];
  readonly values: Float32Array;
}

/**
 * The layers in order. Throws MODEL_UNSUPPORTED if the model is not Sequential, or has a layer or an option that the
 * compilation does not compute.
 */
export function layersOf(files: ModelFiles): Layer[] {
  // Keras exports nest the model one level deeper than TF.js does.
  const network = layersIn(files);
  const topology = network.modelTopology['model_config'] ?? network.modelTopology;
  const entries = entriesOf(topology);
  if (entries === undefined) throw unusable(files, 'it is not a Sequential model');
  const weights = weightsByLayer(network);
  return entries.map((entry, i) => {
    const layer = parseLayer(entry);
    if (layer === undefined)
      throw unusable(files, `its layer ${i} has no class_name, or no config with a name`);
    const parsed = { ...layer, weights: weights.get(layer.name) ?? new Map<string, Weight>() };
    assertSupported(parsed, entry as Readonly<Record<string, unknown>>);
    return parsed;
  });
}

function assertSupported(layer: Layer, entry: Readonly<Record<string, unknown>>): void {
  const { className, config } = layer;
  const known = isTrainingOnly(className) ? ANY_OPTIONS : KNOWN_OPTIONS[className];
  if (!known) throw unsupported(layer, `is not one of ${Object.keys(KNOWN_OPTIONS).join(', ')}`);
  const problem = customProblem(entry) ?? optionProblem(config, known);
  if (problem !== undefined) throw unsupported(layer, problem);
}

/** Parsed by hand: loading a schema library would take a third of a worker's start. */
function entriesOf(topology: unknown): readonly unknown[] | undefined {
  if (!isRecord(topology) || topology['class_name'] !== 'Sequential') return undefined;
  const { config } = topology;
  // Keras 2.1 and earlier wrote the list itself.
  const entries = isRecord(config) ? config['layers'] : config;
  return Array.isArray(entries) ? entries : undefined;
}

function parseLayer(entry: unknown): Omit<Layer, 'weights'> | undefined {
  if (!isRecord(entry)) return undefined;
  const { class_name: className, config } = entry;
  if (typeof className !== 'string' || !isRecord(config) || typeof config['name'] !== 'string')
    return undefined;
  return { className, name: config['name'], config: inSnakeCase(config) };
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** A weight is named `<layer>/<name>`, with a prefix in nested scopes. */
function weightsByLayer({ weightSpecs, weightData }: LayersNetwork): Map<string, Map<string, Weight>> {
  const byLayer = new Map<string, Map<string, Weight>>();
  let start = 0;
  for (const { name, shape } of weightSpecs) {
    const length = shape.reduce((product, size) => product * size, 1);
    const [weight = '', layer = ''] = name.split('/').reverse();
    const ofLayer = byLayer.get(layer) ?? new Map<string, Weight>();
    ofLayer.set(weight, { shape, values: new Float32Array(weightData, start, length) });
    byLayer.set(layer, ofLayer);
    start += length * Float32Array.BYTES_PER_ELEMENT;
  }
  return byLayer;
}

function unusable(files: ModelFiles, problem: string): StreamInferError {
  return new StreamInferError(
    'MODEL_UNSUPPORTED',
    `The runtime onnx cannot compile ${files.name}@${files.version} in ${files.dir}: ${problem}.`,
  );
}

/** The error for an unsupported layer or option. */
export function unsupported(layer: Layer, problem: string): StreamInferError {
  return new StreamInferError(
    'MODEL_UNSUPPORTED',
    `The runtime onnx does not support the layer ${layer.name} (${layer.className}): it ${problem}. ` +
      'Use --runtime tfjs-node or tfjs-wasm.',
  );
}
