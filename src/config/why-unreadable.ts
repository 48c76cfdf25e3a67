import { messageOf } from '../core/errors';

/** A clearer reason than the system's own. */
export function whyUnreadable(error: unknown): string {
  const code = typeof error === 'object' && error !== null && 'code' in error ? error.code : undefined;
  if (code === 'ENOENT') return 'no such file';
  return code === 'EISDIR' ? 'it is a folder, not a file' : messageOf(error);
}
