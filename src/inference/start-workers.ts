import type { Precision } from '../core/precision';
import type { RuntimeName } from '../core/runtime-name';
import { choiceWithoutMeasuring, type PrecisionChoice } from './choose-precision';
import { withFirstRuntime } from './first-runtime';
import type { ReadyReply } from './protocol';
import { WorkerThreads } from './worker-threads';
import type { WorkerThreadsOptions } from './worker-threads';

/** Everything except the runtime, which is searched for. */
export type StartOptions = Omit<WorkerThreadsOptions, 'settings'> & {
  readonly settings: Omit<WorkerThreadsOptions['settings'], 'runtime'>;
};

export interface StartedWorkers {
  readonly threads: WorkerThreads;
  readonly runtime: RuntimeName;
  readonly precision: Precision;
}

/**
 * Starts the workers with the wanted runtime; for `auto`, with the first one that starts. Only loading a runtime shows
 * whether it works, and that happens in the workers: the main thread never loads TensorFlow.
 * Rejects as `withFirstRuntime` does.
 */
export async function startWorkers(
  wanted: RuntimeName | 'auto',
  options: StartOptions,
): Promise<StartedWorkers> {
  const { files, precision } = options.settings;
  return await withFirstRuntime(
    { files, wanted, precision },
    (runtime) => startWith(runtime, options),
    ({ runtime, error }, next) =>
      options.log.info({ runtime, next }, `runtime ${runtime} failed; trying ${next}: ${error.message}`),
  );
}

/** Starts with the wanted precision; for `auto`, with the better one, and logs the reason. */
async function startWith(
  runtime: RuntimeName,
  { settings, ...options }: StartOptions,
): Promise<StartedWorkers> {
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
