import type { Precision } from '../core/precision';
import type { RuntimeName } from '../core/runtime-name';
import { choiceWithoutMeasuring, loadChosen } from './choose-precision';
import type { ModelFiles } from '../models/files';
import { loadChecked } from './golden';
import { failureOf, isRuntimeError, type RuntimeFailure } from './runtimes/failures';
import { candidatesFor, createRuntime } from './runtimes/index';
import type { ModelRuntime } from './runtimes/runtime';

/** The default batch of the stream. */
const MEASURED_BATCH = 64;

/**
 * Loads the wanted runtime, or the first one that loads in this thread and reproduces the golden vectors. The caller
 * disposes of it. Rejects as `failureOf` says.
 */
export async function loadFirstRuntime(
  files: ModelFiles,
  wanted: RuntimeName | 'auto',
  precision: Precision | 'auto',
): Promise<ModelRuntime> {
  const failures: RuntimeFailure[] = [];
  for (const runtime of candidatesFor(wanted, precision, files)) {
    try {
      return await load(files, runtime, precision);
    } catch (error) {
      if (!isRuntimeError(error)) throw error;
      failures.push({ runtime, error });
    }
  }
  throw failureOf(failures);
}

async function load(files: ModelFiles, name: RuntimeName, wanted: Precision | 'auto'): Promise<ModelRuntime> {
  const create = (precision: Precision) => createRuntime(name, precision);
  const precision = wanted === 'auto' ? choiceWithoutMeasuring(files, name)?.precision : wanted;
  if (precision !== undefined) return await loadChecked(create(precision), files);
  return (await loadChosen({ files, create, maxBatch: MEASURED_BATCH })).runtime;
}
