import path from 'node:path';
import { StreamInferError } from '../../core/errors';
import {
  defaultModelsRoot,
  listModels,
  parameterCount,
  readModelFiles,
  type ListedModel,
  type ModelFiles,
} from '../../models/files';
import { fail } from '../exit';
import { percent } from '../../core/percent';

interface Row {
  readonly name: string;
  readonly version: number;
  /** Share of the test images, 0–1; null if it was not measured. */
  readonly accuracy: number | null;
  /** Of the int8 variant; null without one. */
  readonly int8Accuracy: number | null;
  /** Whether there is an int8 variant. */
  readonly int8: boolean;
  /** null if unknown. */
  readonly parameters: number | null;
  readonly bytes: number;
  readonly dir: string;
}

export async function listAll(
  folder: string | undefined,
  options: { readonly json?: boolean },
): Promise<void> {
  const roots = folder === undefined ? defaultRoots() : [folder];
  const models = (await Promise.all(roots.map((root) => listModels(root)))).flat();
  if (models.length === 0)
    throw new StreamInferError(
      'MODEL_MISSING',
      `there are no models in ${roots.join(' and ')}; name a folder with <name>/<version> folders`,
    );
  const rows: Row[] = [];
  for (const model of models) {
    const files = await readOrReport(model);
    if (files) rows.push(toRow(files));
  }
  if (options.json) process.stdout.write(`${JSON.stringify(rows, null, 2)}\n`);
  // Each broken model was reported already; a header without rows would look like an empty folder.
  else if (rows.length > 0) process.stdout.write(toTable(rows));
}

/** The models of the package, and the folder that `models import` and `train` write to. */
function defaultRoots(): string[] {
  return [...new Set([defaultModelsRoot(), path.resolve('models')])];
}

/** A broken model sets the exit code, but does not hide the others. */
async function readOrReport({ dir }: ListedModel): Promise<ModelFiles | undefined> {
  try {
    return await readModelFiles(dir);
  } catch (error) {
    fail(error);
    return undefined;
  }
}

function toRow({ name, version, dir, manifest, int8, network }: ModelFiles): Row {
  return {
    name,
    version,
    accuracy: manifest.accuracy ?? null,
    int8Accuracy: int8?.accuracy ?? null,
    int8: int8 !== undefined,
    parameters: parameterCount(network),
    bytes: manifest.files.reduce((sum, { bytes }) => sum + bytes, 0),
    dir,
  };
}

function toTable(rows: readonly Row[]): string {
  const cells = rows.map((row) => [
    row.name,
    String(row.version),
    row.accuracy === null ? '-' : percent(row.accuracy),
    row.int8Accuracy === null ? (row.int8 ? 'yes' : '-') : percent(row.int8Accuracy),
    row.parameters?.toLocaleString('en-US') ?? '—',
    `${Math.round(row.bytes / 1024).toLocaleString('en-US')} KiB`,
    row.dir,
  ]);
  const all = [['name', 'version', 'accuracy', 'int8', 'parameters', 'size', 'folder'], ...cells];
  const widths = all[0]!.map((_, column) => Math.max(...all.map((line) => line[column]!.length)));
  const padded = (line: readonly string[]) =>
    line.map((cell, i) => (isText(i) ? cell.padEnd(widths[i]!) : cell.padStart(widths[i]!))).join('  ');
  return all.map((line) => `${padded(line).trimEnd()}\n`).join('');
}

/** Names and folders start on the left, figures end on the right. */
function isText(column: number): boolean {
  return column === 0 || column === 6;
}
