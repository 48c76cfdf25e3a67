import colors from 'picocolors';
import { runnable } from './program-name';

/** A next command after a list, for people only: `hint('alerts show <number> shows one')`. */
export function hint(text: string): void {
  if (process.stdout.isTTY && process.stderr.isTTY)
    process.stderr.write(colors.dim(`\n${runnable(`stream-infer ${text}`)}\n`));
}
