import type { RuntimeName } from '../core/runtime-name';
import type { WorkerSettings } from './protocol';
import { candidatesFor, isRuntimesFault } from './runtimes/index';
import { WorkerThreads } from './worker-threads';
import type { WorkerThreadsOptions } from './worker-threads';

/** Everything but the runtime, which is what is looked for. */
export type StartOptions = Omit<WorkerThreadsOptions, 'settings'> & {
  readonly settings: Omit<WorkerSettings, 'runtime' | 'gate'>;
};

export interface Started {
  readonly threads: WorkerThreads;
  readonly runtime: RuntimeName;
}

/**
 * Starts the workers with the wanted runtime, or for `auto` with the first that comes up. What a runtime
 * can do here is only known by loading it, and that happens in the workers: the main thread never loads TensorFlow.
 * Rejects with USAGE (this runtime does not have the precision) or the code of the (last) runtime that did not come up.
 */
export async function startFastest(wanted: RuntimeName | 'auto', options: StartOptions): Promise<Started> {
  const candidates = candidatesFor(wanted, options.settings.precision);
  for (const [i, runtime] of candidates.entries()) {
    try {
      const threads = await WorkerThreads.start({ ...options, settings: { ...options.settings, runtime } });
      return { threads, runtime };
    } catch (error) {
      const next = candidates[i + 1];
      if (next === undefined || !isRuntimesFault(error)) throw error;
      options.log.info({ runtime, next }, `${error.message} Going on with ${next}.`);
    }
  }
  throw new Error('There is no runtime to try');
}
