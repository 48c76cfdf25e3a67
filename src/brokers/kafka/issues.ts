import { StreamInferError } from '../../core/errors';
import { listSome } from '../../core/list-some';

/** Throws CONFIG_INVALID with the issues, one per line. */
export function throwIfAny(what: string, issues: readonly string[]): void {
  if (issues.length === 0) return;
  throw new StreamInferError(
    'CONFIG_INVALID',
    `${what}:\n${listSome(issues, (issue) => `  ${issue}`).join('\n')}`,
  );
}
