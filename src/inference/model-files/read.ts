import path from 'node:path';
import { sha256 } from './checksum';
import { parseGolden } from './golden-vectors';
import type { GoldenVectors, ModelFiles } from './model';
import { GOLDEN, INT8, LABELS, MANIFEST, MODEL } from './schema';
import {
  goldenSchema,
  int8Schema,
  labelsSchema,
  modelSchema,
  type Int8Facts,
  type WeightSpec,
} from './schema';
import { VerifiedFolder } from './verified-folder';

/**
 * Reads a model folder (some 1 MB) and verifies each file against the manifest.
 * Rejects with MODEL_MISSING if there is no manifest (listing what is there), MODEL_CORRUPT naming the file that is
 * missing, changed or malformed, FILE_UNREADABLE if the system does not let us read.
 */
export async function readModelFiles(dir: string): Promise<ModelFiles> {
  const folder = await VerifiedFolder.read(path.resolve(dir));
  const { manifest } = folder;
  const model = folder.json(MODEL, modelSchema);
  const labels = folder.json(LABELS, labelsSchema);
  const weightSpecs = model.weightsManifest.flatMap((group) => group.weights);
  const shards = model.weightsManifest.flatMap((group) => group.paths);
  const weightData = concat(shards.map((shard) => folder.bytes(shard)));
  assertWeights(weightData, weightSpecs, folder);
  const golden = parseGolden(folder.json(GOLDEN, goldenSchema), labels.length, folder.path);
  return {
    name: manifest.name,
    version: manifest.version,
    sha256: manifest.weightsSha256,
    dir: folder.path,
    labels,
    modelTopology: model.modelTopology,
    weightSpecs,
    weightData,
    golden,
    ...(folder.has(INT8) && { int8: readInt8(folder, golden) }),
    manifest,
  };
}

/** Ranges of other weights would give wrong answers without any sign. */
function readInt8(folder: VerifiedFolder, { probabilities }: GoldenVectors): Int8Facts {
  const int8 = folder.json(INT8, int8Schema);
  const { weightsSha256 } = folder.manifest;
  if (int8.weightsSha256 !== weightsSha256)
    throw folder.corrupt(INT8, `was made for the weights ${int8.weightsSha256}, not for ${weightsSha256}`);
  if (int8.golden.length !== probabilities.length)
    throw folder.corrupt(INT8, `has ${int8.golden.length} golden probabilities, not ${probabilities.length}`);
  return int8;
}

function concat(parts: readonly Buffer[]): ArrayBuffer {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole.buffer;
}

function assertWeights(weightData: ArrayBuffer, specs: readonly WeightSpec[], folder: VerifiedFolder): void {
  const expected = specs.reduce((sum, spec) => sum + 4 * spec.shape.reduce((a, b) => a * b, 1), 0);
  if (weightData.byteLength !== expected) {
    throw folder.corrupt(
      MODEL,
      `describes ${expected} bytes of weights, but there are ${weightData.byteLength}`,
    );
  }
  const { weightsSha256 } = folder.manifest;
  if (sha256(new Uint8Array(weightData)) !== weightsSha256) {
    throw folder.corrupt(MANIFEST, `says weightsSha256 ${weightsSha256}, but the weights differ`);
  }
}
