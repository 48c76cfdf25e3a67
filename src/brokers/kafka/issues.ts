import { StreamInferError } from '../../core/errors';

/** All mistakes at once, one a line. Throws CONFIG_INVALID. */
export function throwIfAny(what: string, issues: readonly string[]): void {
  if (issues.length === 0) return;
  throw new StreamInferError('CONFIG_INVALID', `${what}:\n${issues.map((issue) => `  ${issue}`).join('\n')}`);
}
