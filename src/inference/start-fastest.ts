import type { Precision } from '../core/precision';
import type { RuntimeName } from '../core/runtime-name';
import { choiceWithoutMeasuring, type PrecisionChoice } from './choose-precision';
import type { ReadyReply, WorkerSettings } from './protocol';
import { candidatesFor, isRuntimesFault } from './runtimes/index';
import { WorkerThreads } from './worker-threads';
import type { WorkerThreadsOptions } from './worker-threads';

/** Everything but the runtime, which is what is looked for. */
export type StartOptions = Omit<WorkerThreadsOptions, 'settings'> & {
  readonly settings: Omit<WorkerSettings, 'runtime' | 'gate' | 'choice'>;
};

export interface Started {
  readonly threads: WorkerThreads;
  readonly runtime: RuntimeName;
  readonly precision: Precision;
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
      return await startWith(runtime, options);
    } catch (error) {
      const next = candidates[i + 1];
      if (next === undefined || !isRuntimesFault(error)) throw error;
      options.log.info({ runtime, next }, `${error.message} Going on with ${next}.`);
    }
  }
  throw new Error('There is no runtime to try');
}

/** With the precision that was asked for; for `auto` with the better one, which is logged with the reason. */
async function startWith(runtime: RuntimeName, { settings, ...options }: StartOptions): Promise<Started> {
  const isOpen = settings.precision === 'auto';
  const only = isOpen ? choiceWithoutMeasuring(settings.files, runtime) : undefined;
  const precision = only?.precision ?? settings.precision;
  const { threads, replies } = await WorkerThreads.start({
    ...options,
    settings: { ...settings, runtime, precision },
  });
  const choice = only ?? choiceOf(replies);
  if (isOpen) logChoice(choice, runtime, { settings, ...options });
  return { threads, runtime, precision: choice.precision };
}

/** All workers have the same; one of them has measured, unless it died of it. */
function choiceOf(replies: readonly [ReadyReply, ...ReadyReply[]]): PrecisionChoice {
  const [{ precision }] = replies;
  const reason = replies.find((reply) => reply.reason !== undefined)?.reason;
  return { precision, reason: reason ?? 'the measurement did not end' };
}

function logChoice(
  { precision, reason }: PrecisionChoice,
  runtime: RuntimeName,
  { settings: { files }, log }: StartOptions,
): void {
  const model = `${files.name}@${files.version}`;
  log.info({ model, runtime, precision }, `precision ${precision}: ${reason}`);
}
