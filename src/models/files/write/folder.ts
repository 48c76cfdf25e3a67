import { randomUUID } from 'node:crypto';
import { mkdir, open, rename, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import type { z } from 'zod';
import { StreamInferError } from '../../../core/errors';
import { IMAGE_SIDE } from '../../../core/image';
import { makeFolder } from '../../../core/make-folder';
import { sha256 } from '../folder';
import type { GoldenVectors, NewModel } from '../model';
import { CARD, CURVES, GOLDEN, LABELS, MANIFEST, MODEL, WEIGHTS } from '../schema';
import { manifestSchema, type goldenSchema, type ModelManifest } from '../schema';

/** The bytes of a folder's files, by file name. */
export type Contents = ReadonlyMap<string, Buffer>;

/**
 * Writes a new model folder atomically. An existing version is never overwritten (USAGE).
 * Rejects with FILE_UNREADABLE if the system denies the write.
 */
export async function writeModelFiles(dir: string, model: NewModel): Promise<ModelManifest> {
  const folder = path.resolve(dir);
  const contents = toContents(model);
  const manifest = toManifest(model, contents);
  await writeNewFolder(folder, contents, manifest);
  return manifest;
}

/** Writes all files at once. Rejects with USAGE if the folder exists, or with FILE_UNREADABLE. */
export async function writeNewFolder(
  folder: string,
  contents: Contents,
  manifest: ModelManifest,
): Promise<void> {
  await assertAbsent(folder);
  await stageFolder(
    folder,
    (temporary) => writeContents(temporary, contents, manifest),
    (temporary) => rename(temporary, folder),
  );
}

/** Rejects with USAGE if the folder exists; `train` checks before it starts, not after half an hour. */
export async function assertAbsent(dir: string): Promise<void> {
  const exists = await stat(dir).then(
    () => true,
    () => false,
  );
  if (exists)
    throw new StreamInferError(
      'USAGE',
      `${dir} exists already; models are never overwritten; choose another --out`,
    );
}

/**
 * Fills a temporary folder next to `folder`, then lets `commit` move it into place, so that readers never see half a model.
 * A failure leaves nothing behind and rejects with FILE_UNREADABLE.
 */
export async function stageFolder(
  folder: string,
  fill: (temporary: string) => Promise<void>,
  commit: (temporary: string) => Promise<void>,
): Promise<void> {
  const temporary = `${folder}.${randomUUID()}.tmp`;
  try {
    makeFolder(path.dirname(temporary));
    // A separate call: the recursive mkdir reports a read-only file system as ENOENT.
    await mkdir(temporary);
    await fill(temporary);
    await commit(temporary);
  } catch (error) {
    // The first error counts; the clean-up may fail for the same reason.
    await rm(temporary, { recursive: true, force: true }).catch(() => undefined);
    throw StreamInferError.from(error, 'FILE_UNREADABLE', `cannot write the model ${folder}: `);
  }
}

/** Writes the files, then the manifest that lists them. */
export async function writeContents(
  folder: string,
  contents: Contents,
  manifest: ModelManifest,
): Promise<void> {
  for (const [name, bytes] of contents) await writeSynced(path.join(folder, name), bytes);
  await writeSynced(path.join(folder, MANIFEST), toJson(manifest));
}

/** The entries of these files in the manifest. */
export function describeContents(contents: Contents): ModelManifest['files'] {
  return [...contents].map(([name, bytes]) => ({ path: name, bytes: bytes.length, sha256: sha256(bytes) }));
}

export function toJson(value: unknown): Buffer {
  return Buffer.from(`${JSON.stringify(value, null, 1)}\n`);
}

async function writeSynced(file: string, bytes: Buffer): Promise<void> {
  const handle = await open(file, 'wx');
  try {
    await handle.writeFile(bytes);
    await handle.sync();
  } finally {
    await handle.close();
  }
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

export function toGoldenJson(
  golden: GoldenVectors & { readonly labels: ArrayLike<number>; readonly runtime: string },
): z.infer<typeof goldenSchema> {
  const classes = golden.probabilities.length / golden.n;
  const size = golden.pixels.length / golden.n;
  const vectors = Array.from({ length: golden.n }, (_, i) => ({
    label: golden.labels[i] ?? 0,
    pixels: Buffer.from(golden.pixels.subarray(i * size, (i + 1) * size)).toString('base64'),
    probabilities: Array.from(golden.probabilities.subarray(i * classes, (i + 1) * classes)),
  }));
  return { runtime: golden.runtime, vectors };
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
