import { copyFileSync, existsSync, readFileSync, statSync } from 'node:fs';
import { messageOf } from '../errors';
import type { Log } from '../ports';
import { decodeLog, type DecodedLog } from './record';

/** Reads a log of an earlier process; one that does not exist is empty. Throws the error of the file system. */
export function readLog(path: string): DecodedLog {
  if (!existsSync(path)) return decodeLog('');
  // Opening a pipe without a writer would block forever.
  if (!statSync(path).isFile()) throw new Error(`${path} is not a file`);
  return decodeLog(readFileSync(path, 'utf8'));
}

/**
 * Keeps a log with damaged or unknown records as `<path>.corrupt-<time>` before it is rewritten: a later release may
 * read them. A copy, because the valid records are still needed if the process dies before the rewrite. Returns the path
 * of the copy; null, after a warning, if there is none.
 */
export function keepDamaged(path: string, log: Log): string | null {
  const copy = `${path}.corrupt-${new Date().toISOString().replaceAll(':', '-')}`;
  try {
    copyFileSync(path, copy);
    return copy;
  } catch (error) {
    log.warn({ path, error: messageOf(error) }, 'cannot copy a damaged file; its damaged records are lost');
    return null;
  }
}
