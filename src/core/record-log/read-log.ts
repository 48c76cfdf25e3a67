import { copyFileSync, existsSync, readFileSync, statSync } from 'node:fs';
import { decodeLog, type DecodedLog } from './record';

/** Reads a log of an earlier process; one that does not exist is empty. Throws the error of the file system. */
export function readLog(path: string): DecodedLog {
  if (!existsSync(path)) return decodeLog('');
  // Opening a pipe without a writer would block forever.
  if (!statSync(path).isFile()) throw new Error(`${path} is not a file`);
  return decodeLog(readFileSync(path, 'utf8'));
}

/**
 * Keeps a damaged log as `<path>.corrupt-<time>` before it is rewritten. A copy, because the valid records are still
 * needed if the process dies before the rewrite. Returns the path of the copy.
 */
export function copyDamaged(path: string): string {
  const copy = `${path}.corrupt-${new Date().toISOString().replaceAll(':', '-')}`;
  copyFileSync(path, copy);
  return copy;
}
