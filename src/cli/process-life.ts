import { livesInProcess } from '../config/broker';
import { mistypedVariables } from '../config/environment';
import type { LoadedConfig } from '../config/load';
import { StreamInferError, isStreamInferError } from '../core/errors';
import type { Log } from '../core/ports';
import { instanceOf, warnIfNotKept } from '../setup/instance-id';
import { createLogger } from '../setup/logger';
import { toSettings } from '../setup/settings-view';
import { forceExit, listenForStop } from '../setup/stop-signals';
import { whyVolatile } from '../setup/volatile-folder';
import { startTracing } from '../telemetry/tracing/start-tracing';
import { EXIT, fail } from './exit';
import { packageVersion } from './version';

/** Time limit for closing after the drain; then the process is forced to exit, ms. */
const CLOSE_GRACE_MS = 10_000;

/** Time limit for the exit itself, which a hanging client can delay, ms. */
const EXIT_GRACE_MS = 5_000;

/** A long-running process, such as that of `run` or `serve`. */
export interface ProcessRole<T extends Closable> {
  /** Folder with the ids of such processes. */
  readonly instances: string;
  /** Appended to the id, so that it differs from that of other roles. */
  readonly idSuffix?: string;
  /** Logged at the first signal. */
  readonly onSignal: string;
  readonly create: (options: RoleOptions) => T;
  /** Resolves when the process shall end. Rejecting with ABORTED after a signal is not an error. */
  readonly work: (running: T, context: { readonly log: Log; readonly signal: AbortSignal }) => Promise<void>;
}

interface Closable {
  close(): Promise<void>;
}

export type RoleOptions = Awaited<ReturnType<typeof openContext>>['options'];

/** Starts a process with everything around it, runs it until its work ends, and releases all of it. */
export async function withProcess<T extends Closable>(
  loaded: LoadedConfig,
  role: ProcessRole<T>,
): Promise<void> {
  const { options, release } = await openContext(loaded, role);
  const { log, signal } = options;
  const running = role.create(options);
  try {
    await role.work(running, { log, signal });
  } catch (error) {
    if (!(isStreamInferError(error) && error.code === 'ABORTED' && signal.aborted)) fail(error);
  } finally {
    // Every batch is delivered by now; a slow trace collector must not prolong the shutdown.
    await Promise.all([closeInTime(running, log), options.tracing.close()]);
    release();
  }
}

/** Logger, name, stop signals and tracing of a process. */
async function openContext(
  loaded: LoadedConfig,
  { instances, idSuffix = '', onSignal }: Pick<ProcessRole<Closable>, 'instances' | 'idSuffix' | 'onSignal'>,
) {
  const { config } = loaded;
  const log = createLogger(config.log);
  for (const mistake of mistypedVariables(process.env)) log.warn({}, mistake);
  const instance = instanceOf(config.instanceId, instances);
  const { broker } = config;
  // A process with a suffix delivers nothing.
  const delivery = idSuffix === '' ? config.delivery : 'at-least-once';
  if (!livesInProcess(config))
    warnIfNotKept(
      instance,
      { broker, delivery, isConfigured: config.instanceId !== undefined, volatile: whyVolatile(instances) },
      log,
    );
  const stop = listenForStop((name) => log.info({ signal: name }, onSignal));
  failOnStrayErrors();
  const about = { version: packageVersion(), instanceId: instance.id + idSuffix, log };
  const tracing = await startTracing({ ...about, env: process.env });
  const onListening = (url: string) => void process.stderr.write(`stream-infer: page and API on ${url}\n`);
  const options = {
    ...about,
    config,
    settings: toSettings(loaded),
    tracing,
    signal: stop.signal,
    onListening,
  };
  const release = (): void => {
    instance.release();
    stop.dispose();
  };
  return { options, release };
}

/** Closes a process's parts, and forces the exit if it hangs afterwards. */
async function closeInTime(running: Closable, log: Log): Promise<void> {
  const watchdog = setTimeout(() => {
    log.error({ seconds: CLOSE_GRACE_MS / 1_000 }, 'not everything was closed in time; the process ends now');
    forceExit(EXIT.failure);
  }, CLOSE_GRACE_MS);
  await running.close().catch(fail);
  clearTimeout(watchdog);
  setTimeout(() => forceExit(Number(process.exitCode ?? EXIT.fine)), EXIT_GRACE_MS).unref();
}

/** Exits at once on an uncaught error, because nothing may be acknowledged after it. */
function failOnStrayErrors(): void {
  const end = (error: unknown) => {
    fail(
      new StreamInferError(
        'INTERNAL',
        error instanceof Error ? (error.stack ?? error.message) : String(error),
      ),
    );
    forceExit(EXIT.failure);
  };
  process.on('uncaughtException', end);
  process.on('unhandledRejection', end);
}
