import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { dirname } from 'node:path';
import { makeFolder } from '../make-folder';
import { encodeRecord } from './record';
import { writeWhole } from './write';

/**
 * Appends to a record log that several processes write at once; it is never rewritten while others may append.
 * Throws the error of the file system.
 */
export function appendShared(path: string, records: readonly unknown[]): void {
  makeFolder(dirname(path));
  const fd = openSync(path, 'a+', 0o600);
  try {
    writeWhole(fd, `${endsTorn(fd) ? '\n' : ''}${records.map(encodeRecord).join('')}`);
  } finally {
    closeSync(fd);
  }
}

/** A process died in the middle of a record: the next record must not continue its line. */
function endsTorn(fd: number): boolean {
  const { size } = fstatSync(fd);
  const last = Buffer.alloc(1);
  return size > 0 && readSync(fd, last, 0, 1, size - 1) === 1 && last[0] !== 0x0a;
}
