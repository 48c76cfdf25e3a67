import { StreamInferError } from '../core/errors';
import type { Precision } from '../core/precision';
import type { RuntimeName } from '../core/runtime-name';
import { assertGolden } from './golden';
import type { ModelFiles } from './model-files';
import { candidatesFor, createRuntime, isRuntimesFault } from './runtimes/index';
import type { ModelRuntime } from './runtimes/runtime';

/**
 * The runtime that was asked for, or the first of all that loads in this thread and reproduces the golden vectors; to be
 * disposed of. Rejects with what the last one of them says.
 */
export async function loadFirstRuntime(
  files: ModelFiles,
  wanted: RuntimeName | 'auto',
  precision: Precision,
): Promise<ModelRuntime> {
  const candidates = candidatesFor(wanted, precision);
  for (const [i, name] of candidates.entries()) {
    const runtime = createRuntime(name, precision);
    try {
      await runtime.load(files);
      await assertGolden(runtime, files);
      return runtime;
    } catch (error) {
      await runtime.dispose();
      if (i === candidates.length - 1 || !isRuntimesFault(error)) throw error;
    }
  }
  throw new StreamInferError('INTERNAL', 'There is no runtime to try.');
}
