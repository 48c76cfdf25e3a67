import { stopQuietly } from '../setup/stop-signals';
import { messageOf } from '../core/errors';
import { EXIT } from './exit';

/**
 * When the reader of a pipe has gone (`… | head -1`) or the disk is full, nothing can be printed any more: a command that
 * drains on signals does so, any other ends. A closed pipe is no failure.
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
