import { writeSync } from 'node:fs';

/** One synchronous write. Throws when the disk accepts only a part, so that nobody relies on half a record. */
export function writeWhole(fd: number, text: string, position: number | null = null): number {
  const bytes = Buffer.from(text);
  const written = writeSync(fd, bytes, 0, bytes.length, position);
  if (written < bytes.length) throw new Error(`ENOSPC: only ${written} of ${bytes.length} bytes written`);
  return written;
}
