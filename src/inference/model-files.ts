import { createHash, randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, open, readdir, readFile, rename, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';
import { StreamInferError, messageOf } from '../core/errors';
import { IMAGE_PIXELS, IMAGE_SIDE } from '../core/image';

const MANIFEST = 'manifest.json';
const MODEL = 'model.json';
const WEIGHTS = 'weights.bin';
const LABELS = 'labels.json';
const GOLDEN = 'golden.json';
const CARD = 'MODEL_CARD.md';

const modelName = z.string().regex(/^[a-z0-9][a-z0-9._-]{0,63}$/i);
const fileName = z.string().regex(/^[\w-][\w.-]*$/, 'a plain file name');
const sha256Hex = z.string().regex(/^[0-9a-f]{64}$/);

const manifestSchema = z.strictObject({
  schemaVersion: z.literal(1),
  name: modelName,
  version: z.int().min(1),
  /** ISO 8601. */
  created: z.iso.datetime(),
  /** Height, width, channels. */
  inputShape: z.tuple([z.literal(IMAGE_SIDE), z.literal(IMAGE_SIDE), z.literal(1)]),
  /** What a pixel (0–255) is multiplied with before the first layer: 1/255. */
  scaling: z.number().positive(),
  /** Share of the 10,000 test images that the model gets right, 0–1. */
  accuracy: z.number().min(0).max(1),
  /** Of all weights, concatenated in the order of model.json; this names the model everywhere else. */
  weightsSha256: sha256Hex,
  files: z.array(z.strictObject({ path: fileName, bytes: z.int().min(0), sha256: sha256Hex })).min(1),
});

const weightSpecSchema = z.strictObject({
  name: z.string(),
  shape: z.array(z.int().min(0)),
  dtype: z.literal('float32'),
});

const modelSchema = z.object({
  format: z.literal('layers-model'),
  modelTopology: z.record(z.string(), z.unknown()),
  weightsManifest: z
    .array(z.object({ paths: z.array(fileName).min(1), weights: z.array(weightSpecSchema) }))
    .min(1),
});

const labelsSchema = z.array(z.string().min(1)).min(2);

const goldenSchema = z.strictObject({
  /** What computed the probabilities, for example `tfjs-node 4.22.0`. */
  runtime: z.string(),
  vectors: z
    .array(z.strictObject({ label: z.int().min(0), pixels: z.base64(), probabilities: z.array(z.number()) }))
    .min(1),
});

export type ModelManifest = z.infer<typeof manifestSchema>;
export type WeightSpec = z.infer<typeof weightSpecSchema>;

/** Images and the probabilities every runtime has to reproduce for them. */
export interface GoldenVectors {
  readonly n: number;
  /** n × 784 uint8, row-major. */
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
  readonly manifest: ModelManifest;
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
}

export interface ListedModel {
  readonly name: string;
  readonly version: number;
  readonly dir: string;
}

/** Letters, digits, dots, dashes and underscores; at most 64, the first a letter or digit. */
export function isModelName(text: string): boolean {
  return modelName.safeParse(text).success;
}

/** The `models` folder of the package, wherever this file runs from (src, dist or a scratch build inside the checkout). */
export function defaultModelsRoot(): string {
  for (let dir = __dirname; ; dir = path.dirname(dir)) {
    if (existsSync(path.join(dir, 'package.json')) || dir === path.dirname(dir))
      return path.join(dir, 'models');
  }
}

/** Every `<name>/<version>/` with a manifest below `modelsRoot`, by name and then by version. A missing folder has none. */
export async function listModels(modelsRoot = defaultModelsRoot()): Promise<ListedModel[]> {
  const names = (await namesIn(modelsRoot)).filter(isModelName).sort();
  const models: ListedModel[] = [];
  for (const name of names) {
    for (const version of await versionsIn(path.join(modelsRoot, name))) {
      models.push({ name, version, dir: path.join(modelsRoot, name, String(version)) });
    }
  }
  return models;
}

/**
 * Finds the folder of a model: `name` (its highest version), `name@version`, or a path. A path may also name the folder
 * that holds the versions. A name goes before a folder of the same name; write `./name` for the folder.
 * Rejects with MODEL_MISSING, naming the models that are there.
 */
export async function resolveModelDir(spec: string, modelsRoot = defaultModelsRoot()): Promise<string> {
  return (await byName(spec, modelsRoot)) ?? (await byPath(spec)) ?? (await rejectUnknown(spec, modelsRoot));
}

async function byName(spec: string, modelsRoot: string): Promise<string | undefined> {
  const [name = '', version, ...rest] = spec.split('@');
  if (!isModelName(name) || rest.length > 0) return undefined;
  const versions = await versionsIn(path.join(modelsRoot, name));
  const wanted =
    version === undefined ? versions.at(-1) : versions.find((known) => String(known) === version);
  return wanted === undefined ? undefined : path.join(modelsRoot, name, String(wanted));
}

async function byPath(spec: string): Promise<string | undefined> {
  if (spec === '') return undefined;
  const dir = path.resolve(spec);
  if (existsSync(path.join(dir, MANIFEST))) return dir;
  const latest = (await versionsIn(dir)).at(-1);
  return latest === undefined ? undefined : path.join(dir, String(latest));
}

async function rejectUnknown(spec: string, modelsRoot: string): Promise<never> {
  const known = (await listModels(modelsRoot)).map((model) => `${model.name}@${model.version}`);
  const there = known.length > 0 ? known.join(', ') : 'none';
  throw new StreamInferError(
    'MODEL_MISSING',
    `There is no model "${spec}". In ${modelsRoot}: ${there}. ` +
      `Give one of these names, or a folder that holds ${MANIFEST}, or train one: stream-infer train.`,
  );
}

/** Version numbers that have a manifest, ascending; none if the folder does not exist. */
async function versionsIn(dir: string): Promise<number[]> {
  const names = await namesIn(dir);
  return names
    .filter((name) => /^[1-9]\d*$/.test(name) && existsSync(path.join(dir, name, MANIFEST)))
    .map(Number)
    .sort((a, b) => a - b);
}

async function namesIn(dir: string): Promise<string[]> {
  try {
    return await readdir(dir);
  } catch (error) {
    if (hasCode(error, 'ENOENT', 'ENOTDIR')) return [];
    throw unreadable(dir, error);
  }
}

/**
 * Reads a model folder (some 1 MB) and verifies each file against the manifest.
 * Rejects with MODEL_MISSING if there is no manifest (listing what is there), MODEL_CORRUPT naming the file that is
 * missing, changed or malformed, FILE_UNREADABLE if the system does not let us read.
 */
export async function readModelFiles(dir: string): Promise<ModelFiles> {
  const folder = path.resolve(dir);
  const manifest = await readManifest(folder);
  const files = await readVerified(folder, manifest);
  const model = parseJson(MODEL, files, modelSchema, folder);
  const labels = parseJson(LABELS, files, labelsSchema, folder);
  const weightSpecs = model.weightsManifest.flatMap((group) => group.weights);
  const shards = model.weightsManifest.flatMap((group) => group.paths);
  const weightData = concatShards(shards, files, folder);
  assertWeights(weightData, weightSpecs, manifest, folder);
  return {
    name: manifest.name,
    version: manifest.version,
    sha256: manifest.weightsSha256,
    dir: folder,
    labels,
    modelTopology: model.modelTopology,
    weightSpecs,
    weightData,
    golden: toGolden(parseJson(GOLDEN, files, goldenSchema, folder), labels.length, folder),
    manifest,
  };
}

async function readManifest(folder: string): Promise<ModelManifest> {
  const text = await readFile(path.join(folder, MANIFEST)).catch(async (error: unknown) => {
    if (!hasCode(error, 'ENOENT', 'ENOTDIR')) throw unreadable(path.join(folder, MANIFEST), error);
    throw new StreamInferError(
      'MODEL_MISSING',
      `${folder} is not a model: it has no ${MANIFEST}. There: ${(await namesIn(folder)).join(', ') || 'nothing'}.`,
      { cause: error },
    );
  });
  return parseJson(MANIFEST, new Map([[MANIFEST, text]]), manifestSchema, folder);
}

async function readVerified(folder: string, manifest: ModelManifest): Promise<Map<string, Buffer>> {
  const files = new Map<string, Buffer>();
  for (const expected of manifest.files) {
    const file = path.join(folder, expected.path);
    const bytes = await readFile(file).catch((error: unknown) => {
      if (hasCode(error, 'ENOENT')) throw corrupt(file, 'is missing, but the manifest lists it', error);
      throw unreadable(file, error);
    });
    const got = sha256(bytes);
    if (bytes.length !== expected.bytes || got !== expected.sha256) {
      throw corrupt(
        file,
        `has ${bytes.length} bytes and SHA-256 ${got}; the manifest says ${expected.bytes} and ${expected.sha256}`,
      );
    }
    files.set(expected.path, bytes);
  }
  return files;
}

/** A file that the manifest does not list was not verified, so it counts as missing. */
function verifiedFile(name: string, files: ReadonlyMap<string, Buffer>, folder: string): Buffer {
  const bytes = files.get(name);
  if (bytes === undefined) throw corrupt(path.join(folder, name), 'is not listed in the manifest');
  return bytes;
}

function parseJson<T>(
  name: string,
  files: ReadonlyMap<string, Buffer>,
  schema: z.ZodType<T>,
  folder: string,
): T {
  const text = verifiedFile(name, files, folder).toString('utf8');
  const file = path.join(folder, name);
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (error) {
    throw corrupt(file, `is not JSON (${messageOf(error)})`, error);
  }
  const parsed = schema.safeParse(json);
  if (!parsed.success) throw corrupt(file, `is malformed:\n${z.prettifyError(parsed.error)}`, parsed.error);
  return parsed.data;
}

function concatShards(
  shards: readonly string[],
  files: ReadonlyMap<string, Buffer>,
  folder: string,
): ArrayBuffer {
  const parts = shards.map((shard) => verifiedFile(shard, files, folder));
  const weights = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    weights.set(part, at);
    at += part.length;
  }
  return weights.buffer;
}

function assertWeights(
  weightData: ArrayBuffer,
  specs: readonly WeightSpec[],
  manifest: ModelManifest,
  folder: string,
): void {
  const file = path.join(folder, MODEL);
  const expected = specs.reduce((sum, spec) => sum + 4 * spec.shape.reduce((a, b) => a * b, 1), 0);
  if (weightData.byteLength !== expected) {
    throw corrupt(file, `describes ${expected} bytes of weights, but there are ${weightData.byteLength}`);
  }
  if (sha256(new Uint8Array(weightData)) !== manifest.weightsSha256) {
    throw corrupt(
      path.join(folder, MANIFEST),
      `says weightsSha256 ${manifest.weightsSha256}, but the weights differ`,
    );
  }
}

function toGolden(golden: z.infer<typeof goldenSchema>, classes: number, folder: string): GoldenVectors {
  const n = golden.vectors.length;
  const pixels = new Uint8Array(n * IMAGE_PIXELS);
  const probabilities = new Float32Array(n * classes);
  for (const [i, vector] of golden.vectors.entries()) {
    const image = Buffer.from(vector.pixels, 'base64');
    if (image.length !== IMAGE_PIXELS || vector.probabilities.length !== classes) {
      throw corrupt(
        path.join(folder, GOLDEN),
        `vector ${i} has ${image.length} pixels and ${vector.probabilities.length} probabilities; ` +
          `expected ${IMAGE_PIXELS} and ${classes}`,
      );
    }
    pixels.set(image, i * IMAGE_PIXELS);
    probabilities.set(vector.probabilities, i * classes);
  }
  return { n, pixels, probabilities };
}

/**
 * Writes a new model folder: everything into a temporary folder next to it, synced, then renamed. Nobody ever sees half
 * a model, and an existing version is never overwritten (USAGE). FILE_UNREADABLE if the system does not let us write.
 */
export async function writeModelFiles(dir: string, model: NewModel): Promise<ModelManifest> {
  const folder = path.resolve(dir);
  const temporary = `${folder}.${randomUUID()}.tmp`;
  const contents = toContents(model);
  const manifest = toManifest(model, contents);
  await assertAbsent(folder);
  try {
    await mkdir(temporary, { recursive: true });
    for (const [name, bytes] of contents) await writeSynced(path.join(temporary, name), bytes);
    await writeSynced(path.join(temporary, MANIFEST), toJson(manifest));
    await rename(temporary, folder);
  } catch (error) {
    // What went wrong first is what counts; clearing up may fail for the same reason.
    await rm(temporary, { recursive: true, force: true }).catch(() => undefined);
    throw StreamInferError.from(error, 'FILE_UNREADABLE', `Cannot write the model ${folder}: `);
  }
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

function toContents(model: NewModel): Map<string, Buffer> {
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
    [GOLDEN, toJson(fromGolden(model.golden))],
    [CARD, Buffer.from(model.card)],
  ]);
}

function fromGolden(golden: NewModel['golden']): z.infer<typeof goldenSchema> {
  const classes = golden.probabilities.length / golden.n;
  const vectors = Array.from({ length: golden.n }, (_, i) => ({
    label: golden.labels[i] ?? 0,
    pixels: Buffer.from(golden.pixels.subarray(i * IMAGE_PIXELS, (i + 1) * IMAGE_PIXELS)).toString('base64'),
    probabilities: Array.from(golden.probabilities.subarray(i * classes, (i + 1) * classes)),
  }));
  return { runtime: golden.runtime, vectors };
}

function toManifest(model: NewModel, contents: ReadonlyMap<string, Buffer>): ModelManifest {
  return manifestSchema.parse({
    schemaVersion: 1,
    name: model.name,
    version: model.version,
    created: new Date().toISOString(),
    inputShape: [IMAGE_SIDE, IMAGE_SIDE, 1],
    scaling: 1 / 255,
    accuracy: model.accuracy,
    weightsSha256: sha256(new Uint8Array(model.weightData)),
    files: [...contents].map(([name, bytes]) => ({ path: name, bytes: bytes.length, sha256: sha256(bytes) })),
  });
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

function toJson(value: unknown): Buffer {
  return Buffer.from(`${JSON.stringify(value, null, 1)}\n`);
}

function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

function hasCode(error: unknown, ...codes: string[]): boolean {
  return codes.includes(String((error as NodeJS.ErrnoException).code));
}

function corrupt(file: string, problem: string, cause?: unknown): StreamInferError {
  return new StreamInferError(
    'MODEL_CORRUPT',
    `${file} ${problem}. Restore the folder from where it came from.`,
    { cause },
  );
}

function unreadable(file: string, error: unknown): StreamInferError {
  return new StreamInferError('FILE_UNREADABLE', `Cannot read ${file}: ${messageOf(error)}`, {
    cause: error,
  });
}
