import { existsSync, mkdirSync, statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';

/**
 * Makes a folder and those above it that are missing. Throws what the file system throws.
 *
 * Not `mkdir` with `recursive`: where a file system answers ENOENT although the folder above is there (`/proc`), Node tries
 * again for ever, in native code that nothing can interrupt.
 */
export function makeFolder(path: string): void {
  const missing: string[] = [];
  for (let folder = resolve(path); !existsSync(folder); folder = dirname(folder)) missing.unshift(folder);
  for (const folder of missing) make(folder);
}

/** Another process may make it at the same time. */
function make(folder: string): void {
  try {
    mkdirSync(folder);
  } catch (error) {
    if (!statSync(folder, { throwIfNoEntry: false })?.isDirectory()) throw error;
  }
}
