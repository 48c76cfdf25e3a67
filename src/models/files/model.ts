import { existsSync } from 'node:fs';
import path from 'node:path';
import { StreamInferError } from '../../core/errors';
import {
  isFraction,
  type ModelDescription,
  type ModelOutput,
  type Preprocessing,
} from '../../core/model-description';
import { isFashionMnist, type ModelShape } from '../../core/model-shape';
import type { Precision } from '../../core/precision';
import type { ModelIdentity } from '../../core/prediction';
import type { RuntimeName } from '../../core/runtime-name';
import type { EpochPoint } from '../../core/training-history';
import type { Int8Facts, ModelManifest, StoredBaseline, WeightSpec } from './schema';

export type { ModelOutput, Preprocessing };

/** Without the schema library: the inference workers import this file. */

/** Images and the probabilities every runtime must reproduce for them; empty for a folder without a manifest. */
export interface GoldenVectors {
  readonly n: number;
  /** n × height × width × channels uint8, row-major. */
  readonly pixels: Uint8Array<ArrayBuffer>;
  /** n × classes, row-major. */
  readonly probabilities: Float32Array<ArrayBuffer>;
}

/** A TF.js model of layers, written by TF.js or converted from Keras. */
export interface LayersNetwork {
  readonly kind: 'layers';
  /** For `tf.io.fromMemory`. */
  readonly modelTopology: Record<string, unknown>;
  readonly weightSpecs: WeightSpec[];
  /** Little-endian float32, in the order of `weightSpecs`. */
  readonly weightData: ArrayBuffer;
  /** Name of the layer with the classes; the first output if absent. */
  readonly output?: string;
}

/** A TF.js graph model, converted from a SavedModel; only the TF.js runtimes execute it. */
export interface GraphNetwork {
  readonly kind: 'graph';
  /** For `tf.io.fromMemory`; weights as stored, also quantized ones. */
  readonly artifacts: Readonly<Record<string, unknown>> & { readonly weightData: ArrayBuffer };
  readonly input: NetworkInput;
  /** Name of the tensor with the classes. */
  readonly output: string;
}

/** An ONNX file; only the runtime onnx executes it. */
export interface OnnxNetwork {
  readonly kind: 'onnx';
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly input: NetworkInput;
  /** Name of the tensor with the classes; of a model that finds objects, with its first numbers. */
  readonly output: string;
  /** All tensors that are read, of a model that finds objects: see `ObjectsOutput.format`. */
  readonly outputs?: readonly string[];
}

export interface NetworkInput {
  readonly name: string;
  readonly type: 'float32' | 'float16' | 'uint8' | 'int32' | 'int8';
  readonly layout: 'nhwc' | 'nchw';
  /** Sizes of one image as the network takes it, without the batch: [224, 224, 3], [3, 224, 224], [28, 28] or [784]. */
  readonly shape: readonly number[];
  /** The only batch that the network takes; absent for any. */
  readonly batch?: number;
}

export type Network = LayersNetwork | GraphNetwork | OnnxNetwork;

/** Where a property of a model was found, for `models inspect`. */
export type Origins = Readonly<Record<string, string>>;

/** A model as read from its folder or file, verified where there is a manifest. */
export interface ModelFiles {
  readonly name: string;
  readonly version: number;
  /** SHA-256 of the weights (of an ONNX file: of the file), lower-case hex. */
  readonly sha256: string;
  /** Absolute path of the folder or file. */
  readonly dir: string;
  readonly network: Network;
  /** Input images and classes. */
  readonly shape: ModelShape;
  readonly preprocessing: Preprocessing;
  readonly output: ModelOutput;
  readonly golden: GoldenVectors;
  /** Absent if the model was not quantized to 8-bit integers. */
  readonly int8?: Int8Facts;
  readonly manifest: ModelManifest;
  readonly origins: Origins;
  /** About guesses that may be wrong; for the log. */
  readonly warnings: readonly string[];
}

/** Input of `writeModelFiles`; everything else in the folder is derived from it. */
export interface NewModel {
  readonly name: string;
  readonly version: number;
  readonly accuracy: number;
  readonly labels: readonly string[];
  readonly modelTopology: unknown;
  readonly weightSpecs: readonly WeightSpec[];
  readonly weightData: ArrayBuffer;
  readonly golden: GoldenVectors & { readonly labels: Uint8Array; readonly runtime: string };
  /** The whole text of MODEL_CARD.md. */
  readonly card: string;
  readonly baseline?: StoredBaseline;
  readonly history?: readonly EpochPoint[];
  /** The training history drawn as SVG. */
  readonly curves?: string;
}

export interface ListedModel {
  readonly name: string;
  readonly version: number;
  readonly dir: string;
}

/** The layers of a model. Throws MODEL_UNSUPPORTED for another kind of model. */
export function layersIn({ network, dir }: Pick<ModelFiles, 'network' | 'dir'>): LayersNetwork {
  if (network.kind === 'layers') return network;
  throw new StreamInferError('MODEL_UNSUPPORTED', `${dir} is not a TF.js model of layers, which this needs`);
}

/** Numbers that were trained; null if the kind of file does not mark them. */
export function parameterCount(network: Network): number | null {
  if (network.kind !== 'layers') return null;
  return network.weightSpecs.reduce((sum, { shape }) => sum + shape.reduce((a, b) => a * b, 1), 0);
}

/** A model as its clients see it. */
export function descriptionOf({
  network,
  shape,
  preprocessing,
  output,
}: Pick<ModelFiles, 'network' | 'shape' | 'preprocessing' | 'output'>): ModelDescription {
  const layout = network.kind === 'layers' ? 'nhwc' : network.input.layout;
  const takesFloats = network.kind === 'layers' || network.input.type.startsWith('float');
  const takesNumbers = takesFloats && !(isFashionMnist(shape) && isFraction(preprocessing));
  return { kind: network.kind, shape, preprocessing, layout, takesNumbers, output };
}

/** The name of a loaded model in predictions. */
export function identityOf(
  { name, version, sha256 }: Pick<ModelFiles, 'name' | 'version' | 'sha256'>,
  runtime: RuntimeName,
  precision: Precision,
): ModelIdentity {
  return { name, version, sha256, runtime, precision };
}

/** The `models` folder of the package, whether this file runs from src, dist or a scratch build in the checkout. */
export function defaultModelsRoot(): string {
  for (let dir = __dirname; ; dir = path.dirname(dir)) {
    if (existsSync(path.join(dir, 'package.json')) || dir === path.dirname(dir))
      return path.join(dir, 'models');
  }
}

/** The command-line argument that selects this model: `name@version` for a packaged model, otherwise its folder. */
export function nameOrFolder(model: ListedModel): string {
  const named = path.join(defaultModelsRoot(), model.name, String(model.version));
  return path.resolve(model.dir) === named ? `${model.name}@${model.version}` : model.dir;
}
