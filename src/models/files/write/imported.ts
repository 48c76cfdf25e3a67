import path from 'node:path';
import type { ObjectsOutput } from '../../../core/model-description';
import type { GoldenVectors, ModelFiles } from '../model';
import { CARD, CLASSIFIER, GOLDEN, MODEL, WEIGHTS, manifestSchema } from '../schema';
import type { ImportedManifest, ModelManifest, StoredBaseline } from '../schema';
import { describeContents, toGoldenJson, toJson, writeNewFolder } from './folder';

/** Input of `writeImportedModel`, in addition to the model itself. */
export interface Import {
  readonly name: string;
  readonly version: number;
  readonly golden: GoldenVectors & { readonly labels: ArrayLike<number>; readonly runtime: string };
  /** The whole text of MODEL_CARD.md. */
  readonly card: string;
  /** Share of the probes with the right class; absent if their classes are unknown. */
  readonly accuracy?: number;
  readonly baseline?: StoredBaseline;
}

const ONNX_MODEL = 'model.onnx';

/**
 * Writes a model of the user as a folder with a manifest, atomically. An existing version is never overwritten (USAGE).
 * Rejects with FILE_UNREADABLE if the system denies the write.
 */
export async function writeImportedModel(
  dir: string,
  files: ModelFiles,
  added: Import,
): Promise<ModelManifest> {
  const folder = path.resolve(dir);
  const contents = new Map([
    ...networkFiles(files),
    [CLASSIFIER, toJson(classifierOf(files))] as const,
    [GOLDEN, toJson(toGoldenJson(added.golden))] as const,
    [CARD, Buffer.from(added.card)] as const,
  ]);
  const { name, version, accuracy, baseline } = added;
  const described: ImportedManifest = {
    schemaVersion: 2,
    name,
    version,
    created: new Date().toISOString(),
    kind: files.network.kind,
    model: files.network.kind === 'onnx' ? ONNX_MODEL : MODEL,
    weightsSha256: files.sha256,
    ...(accuracy !== undefined && { accuracy }),
    ...(baseline && { baseline }),
    files: describeContents(contents),
  };
  const manifest = manifestSchema.parse(described);
  await writeNewFolder(folder, contents, manifest);
  return manifest;
}

/** Weights of layers as float32, whatever they were stored as; those of other networks as they are. */
function networkFiles({ network }: ModelFiles): (readonly [string, Buffer])[] {
  switch (network.kind) {
    case 'onnx':
      return [[ONNX_MODEL, Buffer.from(network.bytes)]];
    case 'layers': {
      const { modelTopology, weightSpecs, weightData } = network;
      const json = { format: 'layers-model', modelTopology, weightsManifest: manifestOf(weightSpecs) };
      return withWeights(json, weightData);
    }
    case 'graph': {
      const { weightData, weightSpecs, ...others } = network.artifacts;
      return withWeights({ ...others, weightsManifest: manifestOf(weightSpecs) }, weightData);
    }
  }
}

function withWeights(json: object, weightData: ArrayBuffer): (readonly [string, Buffer])[] {
  return [
    [MODEL, toJson(json)],
    [WEIGHTS, Buffer.from(weightData)],
  ];
}

function manifestOf(weights: unknown): object[] {
  return [{ paths: [WEIGHTS], weights }];
}

/** All that was read or guessed, so that a later version of the program cannot guess differently. */
function classifierOf({ shape, preprocessing, output, network }: ModelFiles): object {
  const { width, height, resize, cropFrom, filter, invert, labels } = shape;
  const { scale, offset, mean, std, order } = preprocessing;
  const layout = network.kind === 'layers' ? 'nhwc' : network.input.layout;
  return {
    // The last label of a model that finds objects is added when it is read.
    labels: output.objects ? labels.slice(0, -1) : labels,
    input: {
      ...{ width, height, color: order, layout, resize },
      ...(cropFrom !== undefined && { cropFrom }),
      ...(filter !== undefined && { filter }),
      ...{ scale, offset, mean, std, invert },
    },
    output: output.objects
      ? {
          ...outputNames(network),
          kind: 'boxes',
          activation: output.activation,
          ...settingsOf(output.objects),
        }
      : {
          ...(network.output !== undefined && { name: network.output }),
          activation: output.activation,
          top: output.top ?? labels.length,
        },
  };
}

/** The overlap has no effect where the model removes boxes itself, so it is refused there. */
function settingsOf({ iou, ...others }: ObjectsOutput): Partial<ObjectsOutput> {
  return others.format === 'nms' ? others : { ...others, iou };
}

/** Of a model that finds objects. */
function outputNames(network: ModelFiles['network']): Readonly<Record<string, string>> {
  const names = network.kind === 'onnx' ? (network.outputs ?? []) : [];
  const keys = names.length === 1 ? ['name'] : ['boxes', 'scores', 'classes'];
  return Object.fromEntries(names.map((name, i) => [keys[i]!, name]));
}
