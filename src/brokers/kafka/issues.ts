import { StreamInferError } from '../../core/errors';

/** Throws CONFIG_INVALID with all issues, one per line. */
export function throwIfAny(what: string, issues: readonly string[]): void {
  if (issues.length === 0) return;
  throw new StreamInferError('CONFIG_INVALID', `${what}:\n${issues.map((issue) => `  ${issue}`).join('\n')}`);
}
