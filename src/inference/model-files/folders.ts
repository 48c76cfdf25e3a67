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
