import { closeSync, openSync, readSync } from 'node:fs';

/** Far beyond the settings of a person; a list of 50,000 class names fits. */
const MOST_BYTES = 2 ** 20;

/** The text of a file of settings. Throws an Error for a file too large to be one, of which it reads no more. */
export function readSettings(path: string): string {
  const file = openSync(path, 'r');
  try {
    return readUpTo(file, MOST_BYTES).toString('utf8');
  } finally {
    closeSync(file);
  }
}

/** In parts, because a pipe has no size. */
function readUpTo(file: number, most: number): Buffer {
  const bytes = Buffer.alloc(most + 1);
  let length = 0;
  for (let read = -1; read !== 0 && length <= most; length += read)
    read = readSync(file, bytes, length, bytes.length - length, null);
  if (length <= most) return bytes.subarray(0, length);
  throw new Error('it has more than 1 MiB, which is too much for settings');
}
