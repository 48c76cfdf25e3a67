import { readFile } from 'node:fs/promises';
import { StreamInferError, messageOf } from '../core/errors';

/** Throws FILE_UNREADABLE that names the file. */
export async function readImageFile(file: string): Promise<Buffer> {
  try {
    return await readFile(file);
  } catch (error) {
    throw new StreamInferError('FILE_UNREADABLE', `cannot read ${file}: ${reasonOf(error)}`, {
      cause: error,
    });
  }
}

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: 'no such file or folder; check the path',
  EISDIR: 'it is a folder, not a file',
  EACCES: 'permission denied; check its permissions',
};

/** The reason of a file system error, without the path. */
export function reasonOf(error: unknown): string {
  return REASONS[(error as NodeJS.ErrnoException).code ?? ''] ?? messageOf(error);
}
