import { textOf } from '../../../../core/text-of';

/** Layers that only act during training: dropout, noise, and random changes of the images. */
const TRAINING_ONLY = new Set(
  (
    'Dropout SpatialDropout1D SpatialDropout2D SpatialDropout3D GaussianDropout GaussianNoise AlphaDropout ' +
    'ActivityRegularization RandomFlip RandomRotation RandomZoom RandomTranslation RandomContrast RandomBrightness ' +
    'RandomHeight RandomWidth RandomShear RandomHue RandomSaturation RandomSharpness RandomColorJitter'
  ).split(' '),
);

/** Layers that move, resize or cut off pixels, but keep their scale. */
const KEEPS_SCALE = new Set(
  'InputLayer Resizing CenterCrop ZeroPadding2D Cropping2D UpSampling2D Reshape Permute Flatten'.split(' '),
);

type Json = Readonly<Record<string, unknown>>;

/** Effect of a layer, or of a model inside the model, on the scale of the pixels it gets. */
type Effect = 'scales' | 'identity' | 'other';

/** Whether a layer returns its input at inference. */
export function isTrainingOnly(className: string): boolean {
  return TRAINING_ONLY.has(className);
}

/**
 * The factor for a pixel (0–255) before the first layer of a model from TF.js or Keras. It is 1 for a model that begins with
 * Rescaling or Normalization, or whose input has integers. Otherwise it is 1/255.
 */
export function inputScaling(modelTopology: Json): number {
  const model = modelTopology['model_config'] ?? modelTopology;
  return isRecord(model) && (effectOf(model) === 'scales' || hasIntegerInput(model)) ? 1 : 1 / 255;
}

function effectOf(layer: Json): Effect {
  const { class_name: className, config } = layer;
  if (className === 'Rescaling' || className === 'Normalization') return 'scales';
  if (KEEPS_SCALE.has(textOf(className)) || isTrainingOnly(textOf(className))) return 'identity';
  const layers = layersIn(config);
  if (layers === undefined) return 'other';
  return className === 'Sequential' ? effectOfSequence(layers) : effectOfGraph(layers);
}

/** Keras 2.1 and earlier wrote the list itself as the configuration. */
function layersIn(config: unknown): readonly Json[] | undefined {
  const layers = isRecord(config) ? config['layers'] : config;
  return Array.isArray(layers) ? layers.filter(isRecord) : undefined;
}

function effectOfSequence(layers: readonly Json[]): Effect {
  return layers.map(effectOf).find((effect) => effect !== 'identity') ?? 'identity';
}

/** The layers of a graph are listed after their inputs; a scaling in one of several branches counts. */
function effectOfGraph(layers: readonly Json[]): Effect {
  const unchanged = new Set<string>();
  let isIdentity = true;
  for (const layer of layers) {
    const isInput = layer['class_name'] === 'InputLayer';
    if (!isInput && !inputsOf(layer['inbound_nodes']).some((name) => unchanged.has(name))) continue;
    const effect = effectOf(layer);
    if (effect === 'scales') return 'scales';
    if (effect === 'identity') unchanged.add(nameOf(layer));
    else isIdentity = false;
  }
  return isIdentity ? 'identity' : 'other';
}

/** Names of layers in a list of them. Keras 2 writes `["name", 0, 0, {}]`, Keras 3 `["name", 0, 0]` inside objects. */
export function inputsOf(nodes: unknown): string[] {
  if (Array.isArray(nodes) && typeof nodes[0] === 'string' && typeof nodes[1] === 'number') return [nodes[0]];
  return typeof nodes === 'object' && nodes !== null ? Object.values(nodes).flatMap(inputsOf) : [];
}

function nameOf({ name, config }: Json): string {
  return textOf(name ?? (isRecord(config) ? config['name'] : ''));
}

function hasIntegerInput({ class_name: className, config }: Json): boolean {
  const [first] = layersIn(config) ?? [];
  if (first !== undefined) return hasIntegerInput(first);
  return className === 'InputLayer' && isRecord(config) && /^u?int/.test(textOf(config['dtype']));
}

function isRecord(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
