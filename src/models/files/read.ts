import { existsSync } from 'node:fs';
import path from 'node:path';
import { bytesPerImage, type ModelShape } from '../../core/model-shape';
import { VerifiedFolder, corrupt, sha256 } from './folder';
import type { GoldenVectors, ModelFiles } from './model';
import { readDescribed, readOwnModel } from './own/read';
import type { ModelSource } from './own/source';
import { GOLDEN, INT8, LABELS, MANIFEST, MODEL } from './schema';
import {
  goldenSchema,
  int8Schema,
  labelsSchema,
  modelSchema,
  type ImportedManifest,
  type Int8Facts,
  type TrainedManifest,
  type WeightSpec,
} from './schema';

/**
 * Reads a model and verifies each file against the manifest. Without a manifest: `readOwnModel`.
 * Rejects with MODEL_MISSING (no model in the folder), MODEL_CORRUPT (names the missing, changed or malformed file),
 * MODEL_UNSUPPORTED or FILE_UNREADABLE.
 */
export async function readModelFiles(dir: string): Promise<ModelFiles> {
  if (isOwnModel(path.resolve(dir))) return await readOwnModel(path.resolve(dir));
  const folder = await VerifiedFolder.read(path.resolve(dir));
  const { manifest } = folder;
  return manifest.schemaVersion === 1 ? readTrained(folder, manifest) : await readImported(folder, manifest);
}

function readTrained(folder: VerifiedFolder, manifest: TrainedManifest): ModelFiles {
  const model = folder.json(MODEL, modelSchema);
  const labels = folder.json(LABELS, labelsSchema);
  assertBaselineFits(folder, labels.length);
  const weightSpecs = model.weightsManifest.flatMap((group) => group.weights);
  const shards = model.weightsManifest.flatMap((group) => group.paths);
  const weightData = joinWeights(
    shards.map((shard) => folder.bytes(shard)),
    weightSpecs,
    path.join(folder.path, MODEL),
  );
  assertDigest(folder, weightData);
  const shape = shippedShape(manifest, labels);
  const golden = readGolden(folder, shape);
  return {
    name: manifest.name,
    version: manifest.version,
    sha256: manifest.weightsSha256,
    dir: folder.path,
    network: { kind: 'layers', modelTopology: model.modelTopology, weightSpecs, weightData },
    shape,
    preprocessing: { scale: manifest.scaling, offset: 0, mean: [0], std: [1], order: 'grey' },
    output: { activation: 'none', independent: false },
    golden,
    ...(folder.has(INT8) && { int8: readInt8(folder, golden) }),
    manifest,
    origins: {},
    warnings: [],
  };
}

function shippedShape({ inputShape }: TrainedManifest, labels: readonly string[]): ModelShape {
  const [height, width, channels] = inputShape;
  return { height, width, channels, resize: 'fit', invert: 'auto', labels };
}

/** A stream-infer model that lost its manifest still has golden vectors; it must not run unverified. */
function isOwnModel(dir: string): boolean {
  return !existsSync(path.join(dir, MANIFEST)) && !existsSync(path.join(dir, GOLDEN)) && existsSync(dir);
}

async function readImported(folder: VerifiedFolder, manifest: ImportedManifest): Promise<ModelFiles> {
  const file = path.join(folder.path, manifest.model);
  const found = { kind: manifest.kind === 'onnx' ? 'onnx' : 'tfjs', file } as const;
  const { sha256: digest, ...description } = await readDescribed(sourceOf(folder), found);
  if (digest !== manifest.weightsSha256)
    throw folder.corrupt(MANIFEST, `lists weightsSha256 ${manifest.weightsSha256}, but the weights differ`);
  assertBaselineFits(folder, description.shape.labels.length);
  const golden = readGolden(folder, description.shape);
  return {
    name: manifest.name,
    version: manifest.version,
    sha256: digest,
    dir: folder.path,
    ...description,
    golden,
    ...(folder.has(INT8) && { int8: readInt8(folder, golden) }),
    manifest,
  };
}

/** The verified files only. */
function sourceOf(folder: VerifiedFolder): ModelSource {
  const names = folder.manifest.files.map((file) => file.path);
  return { path: folder.path, names, read: (name) => Promise.resolve(folder.bytes(name)) };
}

function assertBaselineFits(folder: VerifiedFolder, classes: number): void {
  const measured = folder.manifest.baseline?.classes.length ?? classes;
  if (measured === classes) return;
  throw folder.corrupt(MANIFEST, `has a baseline of ${measured} classes, but the model has ${classes}`);
}

function assertDigest(folder: VerifiedFolder, weightData: ArrayBuffer): void {
  const { weightsSha256 } = folder.manifest;
  if (sha256(new Uint8Array(weightData)) === weightsSha256) return;
  throw folder.corrupt(MANIFEST, `lists weightsSha256 ${weightsSha256}, but the weights differ`);
}

/** Throws MODEL_CORRUPT for a vector of the wrong size. */
function readGolden(folder: VerifiedFolder, shape: ModelShape): GoldenVectors {
  const { vectors } = folder.json(GOLDEN, goldenSchema);
  const [size, classes, n] = [bytesPerImage(shape), shape.labels.length, vectors.length];
  const pixels = new Uint8Array(n * size);
  const probabilities = new Float32Array(n * classes);
  for (const [i, vector] of vectors.entries()) {
    const image = Buffer.from(vector.pixels, 'base64');
    if (image.length !== size || vector.probabilities.length !== classes) {
      throw folder.corrupt(
        GOLDEN,
        `has a vector ${i} of ${image.length} pixels and ${vector.probabilities.length} probabilities; ` +
          `expected ${size} and ${classes}`,
      );
    }
    pixels.set(image, i * size);
    probabilities.set(vector.probabilities, i * classes);
  }
  return { n, pixels, probabilities };
}

/** Ranges of other weights would silently give wrong predictions. */
function readInt8(folder: VerifiedFolder, { probabilities }: GoldenVectors): Int8Facts {
  const int8 = folder.json(INT8, int8Schema);
  const { weightsSha256 } = folder.manifest;
  if (int8.weightsSha256 !== weightsSha256)
    throw folder.corrupt(INT8, `was made for the weights ${int8.weightsSha256}, not for ${weightsSha256}`);
  if (int8.golden.length !== probabilities.length)
    throw folder.corrupt(INT8, `has ${int8.golden.length} golden probabilities, not ${probabilities.length}`);
  return int8;
}

/** Throws MODEL_CORRUPT if the weights do not have the length that `file` (model.json) describes. */
function joinWeights(parts: readonly Buffer[], specs: readonly WeightSpec[], file: string): ArrayBuffer {
  const expected = specs.reduce((sum, spec) => sum + 4 * spec.shape.reduce((a, b) => a * b, 1), 0);
  const length = parts.reduce((sum, part) => sum + part.length, 0);
  if (length !== expected)
    throw corrupt(file, `describes ${expected} bytes of weights, but there are ${length}`);
  const joined = new Uint8Array(length);
  let offset = 0;
  for (const part of parts) {
    joined.set(part, offset);
    offset += part.length;
  }
  return joined.buffer;
}
