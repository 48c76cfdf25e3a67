import { StreamInferError } from '../core/errors';
import type { Precision } from '../core/precision';
import type { RuntimeName } from '../core/runtime-name';
import { choiceWithoutMeasuring, loadChosen } from './choose-precision';
import type { ModelFiles } from '../models/files';
import { loadChecked } from './golden';
import { candidatesFor, createRuntime, isRuntimeError } from './runtimes/index';
import type { ModelRuntime } from './runtimes/runtime';

/** The default batch of the stream. */
const MEASURED_BATCH = 64;

/**
 * Loads the wanted runtime, or the first one that loads in this thread and reproduces the golden vectors. The caller
 * disposes of it. Rejects with the error of the last candidate.
 */
export async function loadFirstRuntime(
  files: ModelFiles,
  wanted: RuntimeName | 'auto',
  precision: Precision | 'auto',
): Promise<ModelRuntime> {
  const candidates = candidatesFor(wanted, precision);
  for (const [i, name] of candidates.entries()) {
    try {
      return await load(files, name, precision);
    } catch (error) {
      if (i === candidates.length - 1 || !isRuntimeError(error)) throw error;
    }
  }
  throw new StreamInferError('INTERNAL', 'There is no candidate runtime.');
}

async function load(files: ModelFiles, name: RuntimeName, wanted: Precision | 'auto'): Promise<ModelRuntime> {
  const create = (precision: Precision) => createRuntime(name, precision);
  const precision = wanted === 'auto' ? choiceWithoutMeasuring(files, name)?.precision : wanted;
  if (precision !== undefined) return await loadChecked(create(precision), files);
  return (await loadChosen({ files, create, maxBatch: MEASURED_BATCH })).runtime;
}
