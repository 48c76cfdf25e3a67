import type { Precision } from '../core/precision';
import type { RuntimeName } from '../core/runtime-name';
import { choiceWithoutMeasuring, type PrecisionChoice } from './choose-precision';
import type { ReadyReply } from './protocol';
import { failureOf, isRuntimeError, type RuntimeFailure } from './runtimes/failures';
import { candidatesFor } from './runtimes/index';
import { WorkerThreads } from './worker-threads';
import type { WorkerThreadsOptions } from './worker-threads';

/** Everything except the runtime, which is searched for. */
export type StartOptions = Omit<WorkerThreadsOptions, 'settings'> & {
  readonly settings: Omit<WorkerThreadsOptions['settings'], 'runtime'>;
};

export interface Started {
  readonly threads: WorkerThreads;
  readonly runtime: RuntimeName;
  readonly precision: Precision;
}

/**
 * Starts the workers with the wanted runtime; for `auto`, with the first one that starts. Only loading a runtime shows
 * whether it works, and that happens in the workers: the main thread never loads TensorFlow.
 * Rejects with USAGE (the runtime does not have the precision) or as `failureOf` says.
 */
export async function startFastest(wanted: RuntimeName | 'auto', options: StartOptions): Promise<Started> {
  const candidates = candidatesFor(wanted, options.settings.precision, options.settings.files);
  const failures: RuntimeFailure[] = [];
  for (const [i, runtime] of candidates.entries()) {
    try {
      return await startWith(runtime, options);
    } catch (error) {
      if (!isRuntimeError(error)) throw error;
      failures.push({ runtime, error });
      const next = candidates[i + 1];
      if (next === undefined) continue;
      options.log.info({ runtime, next }, `runtime ${runtime} failed; trying ${next}: ${error.message}`);
    }
  }
  throw failureOf(failures);
}

/** Starts with the wanted precision; for `auto`, with the better one, and logs the reason. */
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

/** All workers have the same precision; one of them measured it, unless it died meanwhile. */
function choiceOf(replies: readonly [ReadyReply, ...ReadyReply[]]): PrecisionChoice {
  const [{ precision }] = replies;
  const reason = replies.find((reply) => reply.reason !== undefined)?.reason;
  return { precision, reason: reason ?? 'the measurement did not finish' };
}

function logChoice(
  { precision, reason }: PrecisionChoice,
  runtime: RuntimeName,
  { settings: { files }, log }: StartOptions,
): void {
  const model = `${files.name}@${files.version}`;
  log.info({ model, runtime, precision }, `precision ${precision}: ${reason}`);
}
