import { stopQuietly } from '../setup/stop-signals';
import { messageOf } from '../core/errors';
import { EXIT } from './exit';

/**
 * Stops when stdout closes (`… | head -1`) or the disk is full: a command that drains on signals drains, any other exits.
 * A closed pipe is not a failure.
 */
export function endWhenOutputCloses(): void {
  process.stdout.once('error', (error: NodeJS.ErrnoException) => {
    process.stdout.on('error', () => undefined);
    if (error.code !== 'EPIPE') {
      process.stderr.write(`error FILE_UNREADABLE: cannot write to standard output: ${messageOf(error)}\n`);
      process.exitCode = EXIT.failure;
    }
    if (!stopQuietly()) process.exit();
  });
}
