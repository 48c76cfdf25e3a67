import type { Precision } from '../core/precision';
import { loadChosen, type PrecisionChoice } from './choose-precision';
import { loadChecked } from './load-checked';
import type { WorkerSettings } from './protocol';
import { RunGate } from './run-gate';
import { createRuntime } from './runtimes/index';
import type { ModelRuntime } from './runtimes/runtime';
import { SharedChoice } from './shared-choice';

export interface WorkerRuntime {
  readonly runtime: ModelRuntime;
  /** Of the worker that chose for all. */
  readonly reason?: string;
}

/** The worker's runtime, loaded and checked; with the precision `auto` the first worker of the pool chooses for all. */
export async function loadWorkerRuntime(settings: WorkerSettings): Promise<WorkerRuntime> {
  const { files, precision } = settings;
  const gate = new RunGate(settings.gate);
  const create = (one: Precision) => createRuntime(settings.runtime, one, gate);
  const load = async (one: Precision) => ({ runtime: await loadChecked(create(one), files) });
  if (precision !== 'auto') return await load(precision);
  const shared = new SharedChoice(settings.choice);
  if (!shared.claim()) return await load(shared.wait());
  const { runtime, choice } = await chooseForAll(shared, { ...settings, create });
  if (runtime.precision === choice.precision) return { runtime, reason: choice.reason };
  await runtime.dispose();
  return await load(choice.precision);
}

async function chooseForAll(
  shared: SharedChoice,
  options: Parameters<typeof loadChosen>[0],
): Promise<{ runtime: ModelRuntime; choice: PrecisionChoice }> {
  try {
    const { runtime, choice } = await loadChosen(options);
    return { runtime, choice: { ...choice, precision: shared.choose(choice.precision) } };
  } catch (error) {
    // The others find out for themselves what is wrong, without waiting.
    shared.choose('fp32');
    throw error;
  }
}
