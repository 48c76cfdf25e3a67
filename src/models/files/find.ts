import { existsSync } from 'node:fs';
import path from 'node:path';
import { StreamInferError } from '../../core/errors';
import { isVersionName, namesIn } from './folders';
import { defaultModelsRoot, type ListedModel } from './place';
import { MANIFEST, MODEL, modelName } from './schema';

/** Letters, digits, dots, dashes and underscores; at most 64, the first a letter or digit. */
export function isModelName(text: string): boolean {
  return modelName.safeParse(text).success;
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

/** Whether a spec is `name@version`: that version and no other is wanted, also when newer ones appear. */
export function isPinned(spec: string): boolean {
  const [name = '', version, ...rest] = spec.split('@');
  return isModelName(name) && version !== undefined && rest.length === 0;
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
  // Without a manifest: what TF.js itself wrote.
  if (existsSync(path.join(dir, MANIFEST)) || existsSync(path.join(dir, MODEL))) return dir;
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
    .filter((name) => isVersionName(name) && existsSync(path.join(dir, name, MANIFEST)))
    .map(Number)
    .sort((a, b) => a - b);
}
