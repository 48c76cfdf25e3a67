import { forceExit } from '../setup/stop-signals';
import { StreamInferError } from '../core/errors';
import { EXIT, fail } from './exit';

/** Time limit for closing after the drain; then the process is forced to exit, ms. */
const CLOSE_GRACE_MS = 10_000;

/** Time limit for the exit itself, which a hanging client can delay, ms. */
const EXIT_GRACE_MS = 5_000;

/** Closes a process's parts, and forces the exit if it hangs afterwards. */
export async function closeInTime(running: { close(): Promise<void> }): Promise<void> {
  const watchdog = setTimeout(() => forceExit(EXIT.failure), CLOSE_GRACE_MS);
  await running.close().catch(fail);
  clearTimeout(watchdog);
  setTimeout(() => forceExit(Number(process.exitCode ?? EXIT.fine)), EXIT_GRACE_MS).unref();
}

/** Exits at once on an uncaught error, because nothing may be acknowledged after it. */
export function failOnStrayErrors(): void {
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
