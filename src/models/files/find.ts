import { existsSync } from 'node:fs';
import { stat } from 'node:fs/promises';
import path from 'node:path';
import { StreamInferError } from '../../core/errors';
import { hasScheme, isAddress, UNSUPPORTED_SCHEME } from '../../core/remote-model';
import { namesIn, readRegularFile } from './folder';
import { defaultModelsRoot, type ListedModel } from './model';
import { mayHoldModel } from './own/locate';
import { MANIFEST, manifestSchema, modelName, type ModelManifest } from './schema';

/** A folder `<version>/` of a model, complete or not. */
export interface VersionFolder {
  readonly version: number;
  readonly dir: string;
  /** Changes when a file is added, removed, resized or rewritten. */
  readonly fingerprint: string;
  /** Not verified; null if it is missing or unreadable. */
  readonly manifest: ModelManifest | null;
}

/** Letters, digits, dots, dashes and underscores; at most 64, starting with a letter or digit. */
export function isModelName(text: string): boolean {
  return modelName.safeParse(text).success;
}

/** Whether a folder name is a version: a number from 1, without leading zeros, small enough to be exact. */
export function isVersionName(name: string): boolean {
  return /^[1-9]\d{0,8}$/.test(name);
}

/**
 * Whether a spec is `name@version` or a path to one version, with or without a manifest: it is kept even when newer ones
 * appear.
 *
 * @param dir to which the spec was resolved
 */
export function isPinned(spec: string, dir: string): boolean {
  if (path.resolve(spec) === path.resolve(dir)) return true;
  const [name = '', version, ...rest] = spec.split('@');
  return isModelName(name) && version !== undefined && rest.length === 0;
}

/** Every `<name>/<version>/` with a manifest below `modelsRoot`, by name and version; empty for a missing folder. */
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
 * Finds a model: `name` (its highest version), `name@version`, a path to a version or to all versions, or any other folder
 * or file of a model. A name wins over a folder of the same name; write `./name` for the folder.
 * Rejects with MODEL_MISSING, listing the known models, with MODEL_UNSUPPORTED for the address of a remote model, and
 * with CONFIG_INVALID for any other address.
 */
export async function resolveModelDir(spec: string, modelsRoot = defaultModelsRoot()): Promise<string> {
  if (isAddress(spec)) throw isRemote();
  if (hasScheme(spec)) throw new StreamInferError('CONFIG_INVALID', `inference.model: ${UNSUPPORTED_SCHEME}`);
  return (await byName(spec, modelsRoot)) ?? (await byPath(spec)) ?? (await rejectUnknown(spec, modelsRoot));
}

function isRemote(): StreamInferError {
  return new StreamInferError(
    'MODEL_UNSUPPORTED',
    'this needs the files of a model, and --model is the address of a remote one; only run and the library use those',
  );
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
  const found = await stat(dir).catch(() => undefined);
  if (found?.isFile() || existsSync(path.join(dir, MANIFEST))) return dir;
  const latest = (await versionsIn(dir)).at(-1);
  if (latest !== undefined) return path.join(dir, String(latest));
  return found?.isDirectory() && (await mayHoldModel(dir)) ? dir : undefined;
}

async function rejectUnknown(spec: string, modelsRoot: string): Promise<never> {
  const known = (await listModels(modelsRoot)).map((model) => `${model.name}@${model.version}`);
  const found = known.length > 0 ? known.join(', ') : 'none';
  throw new StreamInferError(
    'MODEL_MISSING',
    `there is no model "${spec}"; models in ${modelsRoot}: ${found}; ` +
      'use one of these names or the path of your own model (TF.js or ONNX), or train a model: stream-infer train',
  );
}

/** Version numbers that have a manifest, ascending; empty if the folder does not exist. */
async function versionsIn(dir: string): Promise<number[]> {
  const names = await namesIn(dir);
  return names
    .filter((name) => isVersionName(name) && existsSync(path.join(dir, name, MANIFEST)))
    .map(Number)
    .sort((a, b) => a - b);
}

/** The parent of `dir` if `dir` is `<name>/<version>/`; undefined for a model without a folder of versions. */
export function versionsRoot(dir: string, version: number): string | undefined {
  const folder = path.resolve(dir);
  return path.basename(folder) === String(version) ? path.dirname(folder) : undefined;
}

/** All version folders below `root`, ascending. Rejects with FILE_UNREADABLE. */
export async function listVersionFolders(root: string): Promise<VersionFolder[]> {
  const versions = (await namesIn(root)).filter(isVersionName).map(Number);
  versions.sort((a, b) => a - b);
  return await Promise.all(versions.map((version) => inspect(version, path.join(root, String(version)))));
}

async function inspect(version: number, dir: string): Promise<VersionFolder> {
  const names = (await namesOrNone(dir)).sort();
  const marks = await Promise.all(names.map((name) => markOf(path.join(dir, name))));
  const fingerprint = names.map((name, i) => `${name}:${marks[i]}`).join('|');
  return { version, dir, fingerprint, manifest: await manifestIn(dir) };
}

/** One unreadable folder must not hide the others; loading that version reports the reason. */
async function namesOrNone(dir: string): Promise<string[]> {
  return await namesIn(dir).catch(() => []);
}

/** A file that disappears between listing and `stat` counts as a change. */
async function markOf(file: string): Promise<string> {
  return await stat(file).then(
    ({ size, mtimeMs, ino }) => `${size}:${mtimeMs}:${ino}`,
    () => 'gone',
  );
}

async function manifestIn(dir: string): Promise<ModelManifest | null> {
  try {
    const file = path.join(dir, MANIFEST);
    const parsed = manifestSchema.safeParse(JSON.parse((await readRegularFile(file)).toString('utf8')));
    return parsed.success ? parsed.data : null;
  } catch {
    // The manifest may still be being copied; loading the version reports any lasting problem.
    return null;
  }
}
