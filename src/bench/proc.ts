import { readFileSync, readdirSync } from 'node:fs';

/** Names in a folder of /proc; empty for ended processes, those of other users, and without /proc. */
export function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

/** A file of /proc; empty in the same cases as `namesIn`. */
export function textOf(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}
