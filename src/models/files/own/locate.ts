import { existsSync, statSync } from 'node:fs';
import path from 'node:path';
import { StreamInferError } from '../../../core/errors';
import { namesIn, openToRead, unreadable } from '../folder';
import { MODEL } from '../schema';
import { foreignAmong, foreignFormatOf, type ForeignFormat } from './foreign';

/** The file with the network of a model without a manifest. */
export interface ModelFile {
  readonly kind: 'tfjs' | 'onnx';
  /** Absolute path. */
  readonly file: string;
  /** About other models in the folder. */
  readonly warnings?: readonly string[];
}

/** A folder of Hugging Face keeps its ONNX files here. */
export const ONNX_FOLDER = 'onnx';
const ONNX_NAMES = ['model.onnx', 'classifier.onnx'];
const MOST_JSON_FILES = 50;

/** Finds the network in a folder, or the kind of a file, by content. Rejects with MODEL_UNSUPPORTED or MODEL_MISSING. */
export async function locateModel(fileOrFolder: string): Promise<ModelFile> {
  return isFolder(fileOrFolder) ? await inFolder(fileOrFolder) : await kindOfFile(fileOrFolder);
}

/** Whether a folder has a file that may be a model, of any format. */
export async function mayHoldModel(folder: string): Promise<boolean> {
  const names = await namesIn(folder);
  return (
    names.some((name) => /\.(json|onnx)$/i.test(name)) ||
    foreignAmong(names) !== undefined ||
    existsSync(path.join(folder, ONNX_FOLDER, ONNX_NAMES[0]!))
  );
}

function isFolder(file: string): boolean {
  return statSync(file, { throwIfNoEntry: false })?.isDirectory() ?? false;
}

async function inFolder(folder: string): Promise<ModelFile> {
  const names = await namesIn(folder);
  const found =
    (await tfjsIn(folder, names)) ??
    onnxAmong(folder, names) ??
    onnxAmong(path.join(folder, ONNX_FOLDER), await namesIn(path.join(folder, ONNX_FOLDER)));
  if (found) return found;
  const foreign = foreignAmong(names);
  if (foreign) throw refused(path.join(folder, foreign.name), foreign.foreign);
  throw new StreamInferError(
    'MODEL_MISSING',
    `${folder} has no model: neither a TF.js ${MODEL} nor an .onnx file (found: ${names.slice(0, 20).join(', ') || 'nothing'})`,
  );
}

async function tfjsIn(folder: string, names: readonly string[]): Promise<ModelFile | undefined> {
  const candidates = names.filter((name) => /\.json$/i.test(name)).slice(0, MOST_JSON_FILES);
  const models: string[] = [];
  // The converter's usual name first: a folder may hold a copy of it under another.
  if (candidates.includes(MODEL)) return { kind: 'tfjs', file: path.join(folder, MODEL) };
  for (const name of candidates) if (await isTfjsJson(path.join(folder, name))) models.push(name);
  return models.length === 0 ? undefined : { kind: 'tfjs', file: path.join(folder, only(folder, models)) };
}

function onnxAmong(folder: string, names: readonly string[]): ModelFile | undefined {
  const files = names.filter((name) => /\.onnx$/i.test(name));
  if (files.length === 0) return undefined;
  const name = ONNX_NAMES.find((one) => files.includes(one)) ?? only(folder, files);
  const others = files.filter((one) => one !== name).sort();
  const warnings = others.length === 0 ? [] : [otherFiles(folder, name, others)];
  return { kind: 'onnx', file: path.join(folder, name), warnings };
}

/** Exporters write quantized copies next to the model. */
function otherFiles(folder: string, name: string, others: readonly string[]): string {
  return (
    `${folder} has ${others.length + 1} ONNX files: ${name} is used, not ${others.slice(0, 20).join(', ')}; ` +
    'pass the path of another file to use that'
  );
}

function only(folder: string, models: readonly string[]): string {
  if (models.length === 1) return models[0]!;
  throw new StreamInferError(
    'MODEL_MISSING',
    `${folder} has ${models.length} models: ${models.slice(0, 20).join(', ')}; pass the path of one of them`,
  );
}

async function kindOfFile(file: string): Promise<ModelFile> {
  const foreign = await foreignFormatOf(file);
  if (foreign) throw refused(file, foreign);
  if (!(await startsAsJson(file))) return { kind: 'onnx', file };
  return { kind: 'tfjs', file };
}

const HEAD_BYTES = 64;

async function startsAsJson(file: string): Promise<boolean> {
  return /^\uFEFF?\s*\{/.test((await headOf(file, HEAD_BYTES)).toString('utf8'));
}

const SNIFFED_BYTES = 2 ** 20;

/** The converter and TF.js write the topology first, so a part of the file shows it. */
async function isTfjsJson(file: string): Promise<boolean> {
  if (!(await startsAsJson(file))) return false;
  return /"modelTopology"\s*:/.test((await headOf(file, SNIFFED_BYTES)).toString('latin1'));
}

async function headOf(file: string, bytes: number): Promise<Buffer> {
  try {
    const handle = await openToRead(file);
    try {
      const { buffer, bytesRead } = await handle.read(Buffer.alloc(bytes), 0, bytes, 0);
      return buffer.subarray(0, bytesRead);
    } finally {
      await handle.close();
    }
  } catch (error) {
    throw unreadable(file, error);
  }
}

function refused(file: string, { format, remedy }: ForeignFormat): StreamInferError {
  return new StreamInferError('MODEL_UNSUPPORTED', `${file} is ${format}, which is not supported. ${remedy}`);
}
