import { StreamInferError } from '../core/errors';
import type { Precision } from '../core/precision';
import type { RuntimeName } from '../core/runtime-name';
import { choiceWithoutMeasuring, loadChosen } from './choose-precision';
import { loadChecked } from './load-checked';
import type { ModelFiles } from '../models/files';
import { candidatesFor, createRuntime, isRuntimesFault } from './runtimes/index';
import type { ModelRuntime } from './runtimes/runtime';

/** What the stream has by default. */
const MEASURED_BATCH = 64;

/**
 * The runtime that was asked for, or the first of all that loads in this thread and reproduces the golden vectors; to be
 * disposed of. Rejects with what the last one of them says.
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
      if (i === candidates.length - 1 || !isRuntimesFault(error)) throw error;
    }
  }
  throw new StreamInferError('INTERNAL', 'There is no runtime to try.');
}

async function load(files: ModelFiles, name: RuntimeName, wanted: Precision | 'auto'): Promise<ModelRuntime> {
  const create = (precision: Precision) => createRuntime(name, precision);
  const precision = wanted === 'auto' ? choiceWithoutMeasuring(files, name)?.precision : wanted;
  if (precision !== undefined) return await loadChecked(create(precision), files);
  return (await loadChosen({ files, create, maxBatch: MEASURED_BATCH })).runtime;
}
