import type { ModelShape } from '../../core/model-shape';
import type { EpochPoint } from '../../core/training-history';
import type { Int8Facts, ModelManifest, StoredBaseline, WeightSpec } from './schema';

/** Images and the probabilities every runtime has to reproduce for them; none for a folder without a manifest. */
export interface GoldenVectors {
  readonly n: number;
  /** n × height × width uint8, row-major. */
  readonly pixels: Uint8Array<ArrayBuffer>;
  /** n × classes, row-major. */
  readonly probabilities: Float32Array<ArrayBuffer>;
}

/** A verified TF.js LayersModel, as it stands in its folder. */
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
  /** Absent from a model that was not made for 8-bit integers. */
  readonly int8?: Int8Facts;
  readonly manifest: ModelManifest;
}

/** What a folder without a manifest has. */
export type PlainContents = Pick<ModelFiles, 'labels' | 'modelTopology' | 'weightSpecs' | 'weightData'>;

export function shapeOf({ manifest, labels }: Pick<ModelFiles, 'manifest' | 'labels'>): ModelShape {
  const [height, width] = manifest.inputShape;
  return { height, width, labels };
}

/** What `writeModelFiles` needs to know; everything else in the folder is derived from it. */
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
  /** The same as a picture, SVG. */
  readonly curves?: string;
}
