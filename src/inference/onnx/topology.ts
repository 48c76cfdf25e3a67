import { z } from 'zod';
import { StreamInferError } from '../../core/errors';
import type { ModelFiles } from '../model-files';

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

const topologySchema = z.object({
  class_name: z.literal('Sequential'),
  config: z.union([
    z.object({ layers: z.array(z.unknown()) }).transform(({ layers }) => layers),
    // Keras 2.1 and before wrote the list itself.
    z.array(z.unknown()),
  ]),
});

const layerSchema = z.object({
  class_name: z.string(),
  config: z.looseObject({ name: z.string() }),
});

/** The layers in their order. Throws MODEL_CORRUPT for what is no Sequential model. */
export function layersOf(files: ModelFiles): Layer[] {
  // What Keras exports has the model one level deeper than what TF.js saves.
  const topology = files.modelTopology['model_config'] ?? files.modelTopology;
  const layers = topologySchema.safeParse(topology);
  if (!layers.success) throw unusable(files, 'it is no Sequential model');
  const weights = weightsByLayer(files);
  return layers.data.config.map((entry) => {
    const layer = layerSchema.safeParse(entry);
    if (!layer.success) throw unusable(files, `a layer is malformed: ${z.prettifyError(layer.error)}`);
    const { class_name: className, config } = layer.data;
    return { className, name: config.name, config, weights: weights.get(config.name) ?? new Map() };
  });
}

/** A weight is called `<layer>/<name>`, in nested scopes with more in front of it. */
function weightsByLayer({ weightSpecs, weightData }: ModelFiles): Map<string, Map<string, Weight>> {
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
