import { readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import { isVersionName, namesIn } from './folders';
import { MANIFEST, manifestSchema, type ModelManifest } from './schema';

/** A folder `<version>/` of a model, complete or not. */
export interface VersionFolder {
  readonly version: number;
  readonly dir: string;
  /** Changes when a file comes, goes, grows or is written again. */
  readonly fingerprint: string;
  /** Not verified; null while there is none, or none that can be read. */
  readonly manifest: ModelManifest | null;
}

/**
 * The folder that holds the versions of the model in `dir`, where that is `<name>/<version>/`: the repository of that model.
 * Undefined for a model that stands alone.
 */
export function versionsRoot(dir: string, version: number): string | undefined {
  const folder = path.resolve(dir);
  return path.basename(folder) === String(version) ? path.dirname(folder) : undefined;
}

/** All version folders below `root`, ascending. Rejects with FILE_UNREADABLE. */
export async function listVersionFolders(root: string): Promise<VersionFolder[]> {
  const versions = (await namesIn(root)).filter(isVersionName).map(Number);
  versions.sort((a, b) => a - b);
  return await Promise.all(versions.map((version) => look(version, path.join(root, String(version)))));
}

async function look(version: number, dir: string): Promise<VersionFolder> {
  const names = (await namesOrNone(dir)).sort();
  const marks = await Promise.all(names.map((name) => markOf(path.join(dir, name))));
  const fingerprint = names.map((name, i) => `${name}:${marks[i]}`).join('|');
  return { version, dir, fingerprint, manifest: await manifestIn(dir) };
}

/** One folder that cannot be read must not hide the others; whoever takes that version is told why. */
async function namesOrNone(dir: string): Promise<string[]> {
  return await namesIn(dir).catch(() => []);
}

/** A file that goes away between two looks is one that has changed. */
async function markOf(file: string): Promise<string> {
  return await stat(file).then(
    ({ size, mtimeMs, ino }) => `${size}:${mtimeMs}:${ino}`,
    () => 'gone',
  );
}

async function manifestIn(dir: string): Promise<ModelManifest | null> {
  try {
    const file = path.join(dir, MANIFEST);
    // A read from a pipe that nobody writes to never ends, and keeps one of the few threads that read files.
    if (!(await stat(file)).isFile()) return null;
    const parsed = manifestSchema.safeParse(JSON.parse(await readFile(file, 'utf8')));
    return parsed.success ? parsed.data : null;
  } catch {
    // Half a manifest is none yet; whoever takes the version is told what is wrong with it.
    return null;
  }
}
