import type { Precision } from '../core/precision';
import type { RuntimeName } from '../core/runtime-name';
import { choiceWithoutMeasuring, loadChosen } from './choose-precision';
import type { ModelFiles } from '../models/files';
import { withFirstRuntime } from './first-runtime';
import { loadChecked } from './golden';
import { createRuntime } from './runtimes/index';
import type { ModelRuntime } from './runtimes/runtime';

/** The default batch of the stream. */
const MEASURED_BATCH = 64;

/**
 * Loads the wanted runtime, or the first one that loads in this thread and reproduces the golden vectors. The caller
 * disposes of it. Rejects as `withFirstRuntime` does.
 */
export async function loadRuntime(
  files: ModelFiles,
  wanted: RuntimeName | 'auto',
  precision: Precision | 'auto',
): Promise<ModelRuntime> {
  return await withFirstRuntime({ files, wanted, precision }, (runtime) => load(files, runtime, precision));
}

async function load(files: ModelFiles, name: RuntimeName, wanted: Precision | 'auto'): Promise<ModelRuntime> {
  const create = (precision: Precision) => createRuntime(name, precision);
  const precision = wanted === 'auto' ? choiceWithoutMeasuring(files, name)?.precision : wanted;
  if (precision !== undefined) return await loadChecked(create(precision), files);
  return (await loadChosen({ files, create, maxBatch: MEASURED_BATCH })).runtime;
}
