import { forceExit } from '../setup/stop-signals';
import { StreamInferError } from '../core/errors';
import { EXIT, fail } from './exit';

/** After a drain's budget, closing what is left may take this long before the process is ended by force, ms. */
const CLOSE_GRACE_MS = 10_000;

/** And then the process itself, which a client that never came back may keep from ending, ms. */
const EXIT_GRACE_MS = 5_000;

/** The last thing that a process does: it is ended by force if it does not end by itself behind this. */
export async function closeInTime(running: { close(): Promise<void> }): Promise<void> {
  const watchdog = setTimeout(() => forceExit(EXIT.failure), CLOSE_GRACE_MS);
  await running.close().catch(fail);
  clearTimeout(watchdog);
  setTimeout(() => forceExit(Number(process.exitCode ?? EXIT.fine)), EXIT_GRACE_MS).unref();
}

/** A mistake that nobody caught: nothing may be settled after it, so the process ends at once. */
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
