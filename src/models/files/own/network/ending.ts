import { numberOrNaN, textOf } from '../../../../core/text-of';
import { isTrainingOnly } from './scaling';
import type { Ending } from './facts';
import type { LayerEntry, ModelEntry } from './topology';

/** Layers that keep each number, or average numbers that mean the same. */
const KEEPS = new Set(['InputLayer', 'Flatten', 'Reshape', 'Permute', 'GlobalAveragePooling2D', 'Average']);
/** Layers with a configured activation. */
const CONVOLUTION = /^(Depthwise|Separable)?Conv[123]D(Transpose)?$/;
const LONGEST_WAY_BACK = 100;

interface LayersEnd {
  readonly ending: Ending;
  /** Numbers for one image; undefined if the last layers do not show it. */
  readonly outputs: number | undefined;
}

/** What the numbers of an output of a model of layers mean, and how many there are. */
export function endOfLayers(model: ModelEntry, output: string): LayersEnd {
  const way = wayBack(model, output);
  const ending = way.map(endingAt).find((one) => one !== undefined);
  return { ending: ending ?? { kind: 'unknown', by: `layer ${output}` }, outputs: outputsAlong(way) };
}

/** The layers before an output, from the last one, along their first inputs; models are entered. */
function wayBack(model: ModelEntry, output: string): LayerEntry[] {
  const way: LayerEntry[] = [];
  let name: string | undefined = output;
  while (name !== undefined && way.length < LONGEST_WAY_BACK) {
    const layer = model.layers.find((one) => one.name === name);
    if (layer === undefined) break;
    if (layer.model) return [...way, ...wayBack(layer.model, layer.model.outputs[0] ?? '')];
    way.push(layer);
    name = layer.inputs[0];
  }
  return way;
}

/** Undefined for a layer that changes nothing about it. */
function endingAt({ className, config, name }: LayerEntry): Ending | undefined {
  const by = `layer ${name}`;
  if (className === 'Softmax') return { kind: 'softmax', by };
  if (className === 'BatchNormalization') return { kind: 'logits', by };
  if (KEEPS.has(className) || isTrainingOnly(className)) return undefined;
  if (/ReLU$|^ELU$/.test(className)) return { kind: 'other', by: `${className} (${by})` };
  if (className !== 'Activation' && className !== 'Dense' && !CONVOLUTION.test(className))
    return { kind: 'unknown', by: `${by} (${className})` };
  const activation = nameIn(config['activation']);
  if (activation === 'linear') return className === 'Activation' ? undefined : { kind: 'logits', by };
  return { kind: kindOf(activation), by: `${activation} (${by})` };
}

/** A name, or in Keras 3 an object with one. */
function nameIn(activation: unknown): string {
  if (typeof activation === 'string') return activation.toLowerCase();
  if (typeof activation !== 'object' || activation === null) return 'linear';
  const { config, class_name: className } = activation as { config?: unknown; class_name?: unknown };
  return textOf(typeof config === 'string' ? config : className).toLowerCase();
}

/** The softmax of a log-softmax is the softmax itself. */
function kindOf(activation: string): Ending['kind'] {
  if (activation === 'softmax') return 'softmax';
  if (/^log_?softmax$/.test(activation)) return 'logits';
  return /^(hard_?)?sigmoid$/.test(activation) ? 'sigmoid' : 'other';
}

/** Behind a convolution, only a global pooling leaves one number for each filter. */
function outputsAlong(way: readonly LayerEntry[]): number | undefined {
  let isPooled = false;
  for (const { className, config } of way) {
    if (className === 'Dense') return positive(config['units']);
    if (CONVOLUTION.test(className)) return isPooled ? positive(config['filters']) : undefined;
    if (className === 'Reshape') return sizeOf(config['target_shape'] ?? config['targetShape']);
    isPooled ||= /^Global/.test(className);
    if (!/^(Activation|Softmax|BatchNormalization|Flatten|Average|Global.*|.*ReLU|ELU)$/.test(className))
      if (!isTrainingOnly(className)) return undefined;
  }
  return undefined;
}

function sizeOf(shape: unknown): number | undefined {
  return Array.isArray(shape)
    ? positive(shape.reduce((size: number, one) => size * numberOrNaN(one), 1))
    : undefined;
}

function positive(value: unknown): number | undefined {
  return typeof value === 'number' && Number.isInteger(value) && value > 0 ? value : undefined;
}
