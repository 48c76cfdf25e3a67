import { readFileSync, readdirSync } from 'node:fs';

/** Names in a folder of /proc; none for a process that has ended or is another user's, and on a system without /proc. */
export function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

/** A file of /proc; empty where `namesIn` would find nothing. */
export function textOf(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}
