import { constants } from 'node:fs';
import { access } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { StreamInferError } from '../core/errors';
import { KNOWN_FILES, type Split } from './verify';

/** Folders of the environment; tests pass their own. */
export interface Surroundings {
  readonly home: string;
  readonly cwd: string;
  readonly cacheHome?: string | undefined;
  /** The system's folder for data sets. */
  readonly systemDir: string;
}

export interface LocatedFiles {
  readonly dir: string;
  /** Absolute paths, with or without .gz. */
  readonly images: string;
  readonly labels: string;
}

export function currentSurroundings(): Surroundings {
  return {
    home: os.homedir(),
    cwd: process.cwd(),
    cacheHome: process.env['XDG_CACHE_HOME'],
    systemDir: '/usr/share/datasets/fashion-mnist',
  };
}

/** The download folder. The XDG base directory specification requires relative values of XDG_CACHE_HOME to be ignored. */
export function cacheDir(around: Surroundings): string {
  const { cacheHome, home } = around;
  const base = cacheHome && path.isAbsolute(cacheHome) ? cacheHome : path.join(home, '.cache');
  return path.join(base, 'stream-infer');
}

/** The default search path, in order. */
export function searchDirs(around: Surroundings): string[] {
  return [
    cacheDir(around),
    around.systemDir,
    path.join(around.home, '.keras', 'datasets', 'fashion-mnist'),
    path.join(around.cwd, 'data', 'FashionMNIST', 'raw'),
    path.join(around.home, 'data', 'FashionMNIST', 'raw'),
  ];
}

/**
 * Finds both files of a split, compressed or not; undefined if no folder has them. An explicit `dataDir` is
 * the only folder searched; without the files it rejects with DATASET_MISSING.
 */
export async function locateDataset(
  split: Split,
  dataDir?: string,
  around = currentSurroundings(),
): Promise<LocatedFiles | undefined> {
  if (dataDir !== undefined) return (await filesIn(dataDir, split)) ?? rejectDir(dataDir, split);
  for (const dir of searchDirs(around)) {
    const files = await filesIn(dir, split);
    if (files) return files;
  }
  return undefined;
}

async function filesIn(dir: string, split: Split): Promise<LocatedFiles | undefined> {
  const { images, labels } = KNOWN_FILES[split];
  const found = await Promise.all([locateFile(dir, images.name), locateFile(dir, labels.name)]);
  return found[0] && found[1] ? { dir, images: found[0], labels: found[1] } : undefined;
}

/** Prefers the decompressed file, which is faster to read. */
async function locateFile(dir: string, name: string): Promise<string | undefined> {
  for (const candidate of [name, `${name}.gz`]) {
    const file = path.resolve(dir, candidate);
    const readable = await access(file, constants.R_OK).then(
      () => true,
      () => false,
    );
    if (readable) return file;
  }
  return undefined;
}

function rejectDir(dir: string, split: Split): never {
  const { images, labels } = KNOWN_FILES[split];
  throw new StreamInferError(
    'DATASET_MISSING',
    `${path.resolve(dir)} does not contain ${images.name} and ${labels.name} (with or without .gz); ` +
      'set --data-dir to the folder of the four Fashion-MNIST files, or omit it to search the default folders',
  );
}
