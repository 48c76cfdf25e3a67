import { rename, stat } from 'node:fs/promises';
import path from 'node:path';
import { StreamInferError } from '../../core/errors';
import { IMAGE_SIDE } from '../../core/image';
import { sha256 } from './checksum';
import { describeContents, stageFolder, toJson, writeContents, type Contents } from './folder-writer';
import { toGoldenJson } from './golden-vectors';
import type { NewModel } from './model';
import { CARD, CURVES, GOLDEN, LABELS, MODEL, WEIGHTS, manifestSchema, type ModelManifest } from './schema';

/**
 * Writes a new model folder. Nobody ever sees half a model, and an existing version is never overwritten (USAGE).
 * FILE_UNREADABLE if the system does not let us write.
 */
export async function writeModelFiles(dir: string, model: NewModel): Promise<ModelManifest> {
  const folder = path.resolve(dir);
  const contents = toContents(model);
  const manifest = toManifest(model, contents);
  await assertAbsent(folder);
  await stageFolder(
    folder,
    (temporary) => writeContents(temporary, contents, manifest),
    (temporary) => rename(temporary, folder),
  );
  return manifest;
}

/** Rejects with USAGE if the folder exists; `train` asks before it starts, not after half an hour. */
export async function assertAbsent(dir: string): Promise<void> {
  const there = await stat(dir).then(
    () => true,
    () => false,
  );
  if (there)
    throw new StreamInferError(
      'USAGE',
      `${dir} exists already; models are never overwritten. Choose another --out.`,
    );
}

function toContents(model: NewModel): Contents {
  const modelJson = {
    format: 'layers-model',
    generatedBy: 'stream-infer',
    convertedBy: null,
    modelTopology: model.modelTopology,
    weightsManifest: [{ paths: [WEIGHTS], weights: model.weightSpecs }],
  };
  return new Map([
    [MODEL, toJson(modelJson)],
    [WEIGHTS, Buffer.from(model.weightData)],
    [LABELS, toJson(model.labels)],
    [GOLDEN, toJson(toGoldenJson(model.golden))],
    [CARD, Buffer.from(model.card)],
    ...(model.curves === undefined ? [] : [[CURVES, Buffer.from(model.curves)] as const]),
  ]);
}

function toManifest(model: NewModel, contents: Contents): ModelManifest {
  return manifestSchema.parse({
    schemaVersion: 1,
    name: model.name,
    version: model.version,
    created: new Date().toISOString(),
    inputShape: [IMAGE_SIDE, IMAGE_SIDE, 1],
    scaling: 1 / 255,
    accuracy: model.accuracy,
    weightsSha256: sha256(new Uint8Array(model.weightData)),
    ...(model.baseline && { baseline: model.baseline }),
    ...(model.history && { history: model.history }),
    files: describeContents(contents),
  });
}
