import { readdir } from 'node:fs/promises';
import { hasCode, unreadable } from './problems';

/** What is in a folder; nothing if there is no such folder. Rejects with FILE_UNREADABLE. */
export async function namesIn(dir: string): Promise<string[]> {
  try {
    return await readdir(dir);
  } catch (error) {
    if (hasCode(error, 'ENOENT', 'ENOTDIR')) return [];
    throw unreadable(dir, error);
  }
}

/** Whether a folder of that name is a version: a number from 1 on, written without zeros before it, small enough to be exact. */
export function isVersionName(name: string): boolean {
  return /^[1-9]\d{0,8}$/.test(name);
}
