import { existsSync } from 'node:fs';
import path from 'node:path';
import { sha256 } from './checksum';
import { parseGolden } from './golden-vectors';
import { shapeOf, type GoldenVectors, type ModelFiles } from './model';
import { readPlainModel } from './read-plain';
import { GOLDEN, INT8, LABELS, MANIFEST, MODEL } from './schema';
import { goldenSchema, int8Schema, labelsSchema, modelSchema, type Int8Facts } from './schema';
import { VerifiedFolder } from './verified-folder';
import { assertWeights, concat } from './weights';

/**
 * Reads a model folder (some 1 MB) and verifies each file against the manifest; without a manifest, see `readPlainModel`.
 * Rejects with MODEL_MISSING if there is no manifest (listing what is there), MODEL_CORRUPT naming the file that is
 * missing, changed or malformed, FILE_UNREADABLE if the system does not let us read.
 */
export async function readModelFiles(dir: string): Promise<ModelFiles> {
  if (isPlain(path.resolve(dir))) return await readPlainModel(path.resolve(dir));
  const folder = await VerifiedFolder.read(path.resolve(dir));
  const { manifest } = folder;
  const model = folder.json(MODEL, modelSchema);
  const labels = folder.json(LABELS, labelsSchema);
  const measured = manifest.baseline?.classes.length ?? labels.length;
  if (measured !== labels.length)
    throw folder.corrupt(
      MANIFEST,
      `has a baseline of ${measured} classes, but the model has ${labels.length}`,
    );
  const weightSpecs = model.weightsManifest.flatMap((group) => group.weights);
  const shards = model.weightsManifest.flatMap((group) => group.paths);
  const weightData = concat(shards.map((shard) => folder.bytes(shard)));
  assertWeights(weightData, weightSpecs, path.join(folder.path, MODEL));
  const { weightsSha256 } = manifest;
  if (sha256(new Uint8Array(weightData)) !== weightsSha256)
    throw folder.corrupt(MANIFEST, `says weightsSha256 ${weightsSha256}, but the weights differ`);
  const golden = parseGolden(folder.json(GOLDEN, goldenSchema), shapeOf({ manifest, labels }), folder.path);
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

/** What TF.js wrote. A folder of ours that has lost its manifest is none, and must not run unverified. */
function isPlain(dir: string): boolean {
  const has = (name: string): boolean => existsSync(path.join(dir, name));
  return has(MODEL) && !has(MANIFEST) && !has(GOLDEN);
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
