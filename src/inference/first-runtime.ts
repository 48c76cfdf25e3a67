import type { Precision } from '../core/precision';
import type { RuntimeName } from '../core/runtime-name';
import type { ModelFiles } from '../models/files/model';
import { failureOf, isRuntimeError, type RuntimeFailure } from './runtimes/failures';
import { candidatesFor } from './runtimes/index';

/** The wanted runtime; `auto` tries all that execute the network, fastest first. */
export interface RuntimeChoice {
  readonly files: ModelFiles;
  readonly wanted: RuntimeName | 'auto';
  readonly precision: Precision | 'auto';
}

/**
 * Result of `use` with the first runtime that does not fail. Rejects with USAGE (the runtime does not have the precision)
 * or as `failureOf` says; other errors of `use` end the search.
 *
 * @param onFailed called before the next runtime is tried
 */
export async function withFirstRuntime<T>(
  { files, wanted, precision }: RuntimeChoice,
  use: (runtime: RuntimeName) => Promise<T>,
  onFailed?: (failure: RuntimeFailure, next: RuntimeName) => void,
): Promise<T> {
  const candidates = candidatesFor(wanted, precision, files);
  const failures: RuntimeFailure[] = [];
  for (const [i, runtime] of candidates.entries()) {
    try {
      return await use(runtime);
    } catch (error) {
      if (!isRuntimeError(error)) throw error;
      failures.push({ runtime, error });
      const next = candidates[i + 1];
      if (next !== undefined) onFailed?.({ runtime, error }, next);
    }
  }
  throw failureOf(failures);
}
