import path from 'node:path';
import { StreamInferError } from '../../../../core/errors';
import { closest } from '../../../../core/suggest';
import { textOf } from '../../../../core/text-of';
import { sha256 } from '../../folder';
import { inputScaling } from './scaling';
import { endOfLayers } from './ending';
import { inTfjsSpelling } from './keras-spelling';
import type { NetworkFacts } from './facts';
import { invalid, unsupportedFile, type ModelSource } from '../source';
import { allLayers, parseTopology, type LayerEntry, type ModelEntry } from './topology';
import { asFloats, readWeights, type WeightsManifest } from './weights';

type Topology = Record<string, unknown>;

/** Reads a TF.js model of layers. Rejects with MODEL_CORRUPT, MODEL_UNSUPPORTED or FILE_UNREADABLE. */
export async function readLayers(
  source: ModelSource,
  name: string,
  { modelTopology: written, weightsManifest }: { modelTopology: Topology; weightsManifest: WeightsManifest },
  wanted: string | undefined,
): Promise<NetworkFacts> {
  const file = path.join(source.path, name);
  const model = parseTopology(written, file);
  const modelTopology = inTfjsSpelling(written);
  const leaves = allLayers(model).filter((layer) => layer.model === undefined);
  assertChannelsLast(leaves, file);
  assertNoCustomLayers(allLayers(model), file);
  assertNamedWeights(weightsManifest, file);
  const data = await readWeights(source, weightsManifest, name);
  const stored = asFloats(
    weightsManifest.flatMap((group) => group.weights),
    data,
    file,
  );
  const classes = new Map(leaves.map((layer) => [layer.name, layer.className]));
  const weightSpecs = stored.weightSpecs.map((spec) => ({ ...spec, name: nameInLayer(spec.name, classes) }));
  const output = outputOf(model, wanted, file);
  const { ending, outputs } = endOfLayers(model, output);
  const isOneOfSeveral = model.outputs.length > 1;
  return {
    sha256: sha256(new Uint8Array(stored.weightData)),
    imageShape: imageShapeOf(model, file),
    ending,
    outputs,
    outputName: output,
    otherOutputs: model.outputs.filter((one) => one !== output),
    demands: demandsOf(modelTopology, name),
    warnings: [],
    build: () => ({
      kind: 'layers',
      modelTopology,
      weightSpecs,
      weightData: stored.weightData,
      ...(isOneOfSeveral && { output }),
    }),
  };
}

/** A model with its own scaling, or with integers as input, gets the pixels as they are. */
function demandsOf(modelTopology: Topology, name: string): NetworkFacts['demands'] {
  if (inputScaling(modelTopology) !== 1) return [];
  const settings = { scale: 1, offset: 0, mean: [0], std: [1] };
  return [{ because: `${name} (scales its input itself, or takes integers)`, settings }];
}

function assertChannelsLast(layers: readonly LayerEntry[], file: string): void {
  const first = layers.find(({ config }) =>
    /first/i.test(textOf(config['data_format'] ?? config['dataFormat'])),
  );
  if (first === undefined) return;
  throw unsupportedFile(
    file,
    `has its channels first (layer ${first.name}), which TF.js models cannot have`,
    'build the model with data_format="channels_last", or export it to ONNX: python -m tf2onnx.convert',
  );
}

/** The file has the name of such a class only, not what it computes. */
function assertNoCustomLayers(layers: readonly LayerEntry[], file: string): void {
  const found = layers.find(({ custom }) => custom !== undefined);
  if (found === undefined) return;
  throw unsupportedFile(
    file,
    `has the custom layer ${found.name} (${found.custom}), whose code is not in the file`,
    'export the model to ONNX, which needs no layer classes: model.export("saved"), then ' +
      'python -m tf2onnx.convert --saved-model saved --output model.onnx',
  );
}

/** The converter numbers the weights of a .keras file by layer class, and TF.js cannot load them either. */
function assertNamedWeights(manifest: WeightsManifest, file: string): void {
  const found = manifest.flatMap(({ weights }) => weights).find(({ name }) => /\/vars\/\d+$/.test(name));
  if (found === undefined) return;
  throw unsupportedFile(
    file,
    `was converted from a .keras file, which lost the names of its weights (${found.name})`,
    'convert an HDF5 file instead: keras.saving.load_model("model.keras").save("model.h5") in Python, ' +
      'then tensorflowjs_converter --input_format keras model.h5 ./model',
  );
}

/** The sizes in the declaration of the only input, without the batch. */
function imageShapeOf(model: ModelEntry, file: string): (number | null)[] {
  if (model.inputs.length > 1)
    throw new StreamInferError(
      'MODEL_UNSUPPORTED',
      `${file} has ${model.inputs.length} inputs (${model.inputs.join(', ')}); only models with one image as input are supported`,
    );
  const declared = declaredShape(model);
  const isShape =
    Array.isArray(declared) &&
    declared.length >= 2 &&
    declared.length <= 4 &&
    declared.slice(1).every((one) => one === null || (Number.isInteger(one) && one > 0));
  if (isShape) return (declared as (number | null)[]).slice(1);
  throw new StreamInferError(
    'MODEL_UNSUPPORTED',
    `${file} has the input shape ${JSON.stringify(declared ?? null)}; images have [null, height, width, channels]`,
  );
}

function declaredShape(model: ModelEntry): unknown {
  const first = model.layers.find(({ name }) => name === model.inputs[0]) ?? model.layers[0];
  if (first === undefined) return undefined;
  const { config } = first;
  const declared = config['batch_input_shape'] ?? config['batch_shape'] ?? config['batchInputShape'];
  if (declared !== undefined) return declared;
  const withoutBatch = config['input_shape'] ?? config['inputShape'];
  if (Array.isArray(withoutBatch)) return [null, ...(withoutBatch as unknown[])];
  return first.model ? declaredShape(first.model) : undefined;
}

function outputOf(model: ModelEntry, wanted: string | undefined, file: string): string {
  if (wanted === undefined) return model.outputs[0]!;
  if (model.outputs.includes(wanted)) return wanted;
  throw unknownOutput(file, wanted, model.outputs);
}

export function unknownOutput(file: string, wanted: string, known: readonly string[]): StreamInferError {
  const near = closest(wanted, known);
  const meant = near === undefined ? `it has ${known.slice(0, 20).join(', ')}` : `did you mean ${near}?`;
  return invalid(file, `has no output ${wanted}; ${meant}`);
}

/**
 * Keras writes the names of the models around a layer in front of its weights; TF.js looks for the layer's only. Keras 3
 * has another name for the kernel of a depthwise convolution.
 */
function nameInLayer(weight: string, classes: ReadonlyMap<string, string>): string {
  const tokens = weight.split('/');
  const at = tokens.findIndex((token, i) => i < tokens.length - 1 && classes.has(token));
  if (at < 0) return weight;
  const name = tokens.slice(at).join('/');
  const isDepthwise = classes.get(tokens[at]!) === 'DepthwiseConv2D';
  return isDepthwise ? name.replace(/\/kernel$/, '/depthwise_kernel') : name;
}
