import { stat } from 'node:fs/promises';
import path from 'node:path';
import type { ModelFiles } from '../model';
import { CLASSIFIER, modelName } from '../schema';
import { readBeside } from './settings/beside';
import { readClassifier } from './settings/classifier';
import { describeModel, type Description } from './describe/describe';
import { ONNX_FOLDER, locateModel, type ModelFile } from './locate';
import type { NetworkFacts } from './network/facts';
import { readNetwork } from './network/read';
import type { SettingsFrom } from './settings/settings';
import { sourceOnDisk, type ModelSource } from './source';

/**
 * Reads a model of the user: a folder, a TF.js JSON file or an ONNX file. Nothing is verified, and there are no golden
 * vectors. Rejects with MODEL_MISSING, MODEL_CORRUPT, MODEL_UNSUPPORTED (also for foreign formats) or FILE_UNREADABLE.
 */
export async function readOwnModel(dir: string): Promise<ModelFiles> {
  const found = await locateModel(dir);
  const source = await sourceOnDisk(path.dirname(found.file));
  const { sha256, ...description } = await readDescribed(source, found);
  const name = nameOf(dir);
  return {
    name,
    version: 1,
    sha256,
    dir,
    ...description,
    golden: { n: 0, pixels: new Uint8Array(0), probabilities: new Float32Array(0) },
    manifest: {
      schemaVersion: 2,
      kind: description.network.kind,
      model: path.basename(found.file),
      name,
      version: 1,
      created: (await stat(found.file)).mtime.toISOString(),
      weightsSha256: sha256,
      files: [],
    },
  };
}

/** Reads the network and the files next to it. */
export async function readDescribed(
  source: ModelSource,
  found: ModelFile,
): Promise<Description & Pick<NetworkFacts, 'sha256'>> {
  const folders = await foldersOf(source);
  const classifier = await readClassifier(folders.find(hasClassifier) ?? source);
  const facts = await readNetwork(source, found, classifier.output);
  const beside: SettingsFrom[] = [{ origin: found.file, settings: {}, warnings: found.warnings ?? [] }];
  for (const folder of folders) beside.push(...(await readBeside(folder)));
  const place = { file: found.file, isNchwUsual: found.kind === 'onnx' };
  return { ...describeModel(facts, classifier, beside, place), sha256: facts.sha256 };
}

/** A folder of Hugging Face has its ONNX file one level below the others. */
async function foldersOf(source: ModelSource): Promise<ModelSource[]> {
  if (path.basename(source.path) !== ONNX_FOLDER) return [source];
  return [source, await sourceOnDisk(path.dirname(source.path))];
}

function hasClassifier({ names }: ModelSource): boolean {
  return names.includes(CLASSIFIER);
}

/** The name of the folder or file with invalid characters replaced; `model` if that is not a valid name either. */
function nameOf(dir: string): string {
  const name = path
    .basename(dir)
    .replace(/\.(json|onnx)$/i, '')
    .replace(/[^\w.-]/g, '-');
  return modelName.safeParse(name).success ? name : 'model';
}
