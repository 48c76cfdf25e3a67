import type { Dirent, Stats } from 'node:fs';
import { opendir, stat } from 'node:fs/promises';
import path from 'node:path';
import { unreadable, type ImageFile } from './image-file';
import { listedImages } from './image-list';

const EXTENSIONS = new Set(['.png', '.jpg', '.jpeg', '.webp']);
/** Links to parent folders would otherwise lead around without end. */
const MOST_LEVELS = 16;
/** Names in memory for each level: a folder may hold millions. */
const CHUNK = 10_000;

/**
 * The pictures of files, of folders with everything below them, and of CSV files with a line `file,label` for each.
 * Below a folder with one subfolder for each class, that subfolder is the class. Folders are read in chunks of 10,000
 * names; each chunk is in order. Rejects with FILE_UNREADABLE, or with DATASET_CORRUPT for a CSV file.
 */
export async function* imageFilesIn(places: readonly string[]): AsyncGenerator<ImageFile> {
  for (const place of places) {
    if ((await found(place)).isDirectory()) yield* below(place, []);
    else if (path.extname(place).toLowerCase() === '.csv') yield* listedImages(place);
    else yield { path: place, name: place };
  }
}

/** Reading a pipe without a writer would never return. */
async function found(place: string): Promise<Stats> {
  try {
    const stats = await stat(place);
    if (stats.isFile() || stats.isDirectory()) return stats;
    throw new Error('it is neither a file nor a folder');
  } catch (error) {
    throw unreadable(place, error);
  }
}

/** @param levels names of the folders from the given one down */
async function* below(root: string, levels: readonly string[]): AsyncGenerator<ImageFile> {
  for await (const entries of chunksOf(path.join(root, ...levels))) {
    for (const entry of entries) {
      const own = [...levels, entry.name];
      const full = path.join(root, ...own);
      const kind = await kindOf(entry, full, levels.length === 0);
      if (kind === 'folder' && own.length < MOST_LEVELS) yield* below(root, own);
      if (kind !== 'file') continue;
      const [className] = levels;
      yield { path: full, name: own.join('/'), ...(className !== undefined && { className }) };
    }
  }
}

/** Without hidden entries. */
async function* chunksOf(folder: string): AsyncGenerator<Dirent[]> {
  let chunk: Dirent[] = [];
  try {
    for await (const entry of await opendir(folder)) {
      if (entry.name.startsWith('.')) continue;
      if (chunk.push(entry) < CHUNK) continue;
      yield chunk.sort(byName);
      chunk = [];
    }
  } catch (error) {
    throw unreadable(folder, error);
  }
  if (chunk.length > 0) yield chunk.sort(byName);
}

function byName(a: Dirent, b: Dirent): number {
  return a.name < b.name ? -1 : 1;
}

/** Links to folders are followed at the first level only, where they name classes; undefined for what does not count. */
async function kindOf(entry: Dirent, full: string, isFirst: boolean): Promise<'file' | 'folder' | undefined> {
  const isImage = EXTENSIONS.has(path.extname(entry.name).toLowerCase());
  if (entry.isFile()) return isImage ? 'file' : undefined;
  if (entry.isDirectory()) return 'folder';
  if (!entry.isSymbolicLink() || !(isFirst || isImage)) return undefined;
  const target = await stat(full).catch(() => undefined);
  if (target?.isDirectory()) return isFirst ? 'folder' : undefined;
  return target?.isFile() && isImage ? 'file' : undefined;
}
