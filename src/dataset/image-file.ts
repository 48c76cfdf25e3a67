import { open, stat } from 'node:fs/promises';
import { StreamInferError, messageOf } from '../core/errors';

/** A picture on disk. */
export interface ImageFile {
  readonly path: string;
  /** Below the given folder, with slashes; for a single file its path as given. */
  readonly name: string;
  /** Name of its class; absent where it is unknown. */
  readonly className?: string;
}

/** Larger than any picture that a broker or a server accepts. */
const MOST_BYTES = 64 << 20;

/** Rejects with FILE_UNREADABLE that names the file. */
export async function readImageFile(file: string): Promise<Buffer> {
  return await readBounded(file, MOST_BYTES);
}

/** Reads a file of at most `most` bytes. Rejects with FILE_UNREADABLE that names the file. */
export async function readBounded(file: string, most: number): Promise<Buffer> {
  try {
    // Opening a pipe without a writer would never return.
    const found = await stat(file);
    if (!found.isFile() && !found.isDirectory())
      throw new Error('it is a pipe or a device; save it as a file');
    const handle = await open(file);
    try {
      const { size } = await handle.stat();
      if (size > most) throw new Error(`it has ${size} bytes; at most ${most} are read`);
      return await handle.readFile();
    } finally {
      await handle.close();
    }
  } catch (error) {
    throw unreadable(file, error);
  }
}

/** FILE_UNREADABLE with the reason in words; an error of this program stays as it is. */
export function unreadable(place: string, error: unknown): StreamInferError {
  if (error instanceof StreamInferError) return error;
  return new StreamInferError('FILE_UNREADABLE', `cannot read ${place}: ${reasonOf(error)}`, {
    cause: error,
  });
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
