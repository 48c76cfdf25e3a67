import { existsSync } from 'node:fs';
import path from 'node:path';
import type { ModelShape } from '../../core/model-shape';
import type { Precision } from '../../core/precision';
import type { ModelIdentity } from '../../core/prediction';
import type { RuntimeName } from '../../core/runtime-name';
import type { EpochPoint } from '../../core/training-history';
import type { Int8Facts, ModelManifest, StoredBaseline, WeightSpec } from './schema';

/** Without the schema library: the inference workers import this file. */

/** Images and the probabilities every runtime must reproduce for them; empty for a folder without a manifest. */
export interface GoldenVectors {
  readonly n: number;
  /** n × height × width uint8, row-major. */
  readonly pixels: Uint8Array<ArrayBuffer>;
  /** n × classes, row-major. */
  readonly probabilities: Float32Array<ArrayBuffer>;
}

/** A TF.js LayersModel as read from its folder, verified where there is a manifest. */
export interface ModelFiles {
  readonly name: string;
  readonly version: number;
  /** SHA-256 of the weights, lower-case hex. */
  readonly sha256: string;
  /** Absolute path of the folder. */
  readonly dir: string;
  readonly labels: readonly string[];
  /** For `tf.io.fromMemory`. */
  readonly modelTopology: Record<string, unknown>;
  readonly weightSpecs: WeightSpec[];
  /** Little-endian float32, in the order of `weightSpecs`. */
  readonly weightData: ArrayBuffer;
  readonly golden: GoldenVectors;
  /** Absent if the model was not quantized to 8-bit integers. */
  readonly int8?: Int8Facts;
  readonly manifest: ModelManifest;
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

export function shapeOf({ manifest, labels }: Pick<ModelFiles, 'manifest' | 'labels'>): ModelShape {
  const [height, width] = manifest.inputShape;
  return { height, width, labels };
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
