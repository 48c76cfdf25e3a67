import colors from 'picocolors';
import { runnable } from './program-name';

const MARKS = { ok: colors.green('✓'), note: colors.yellow('•'), problem: colors.red('✗') };

/** One line for a check, and another for its remedy. */
export function toCheckLine(check: {
  readonly name: string;
  readonly state: keyof typeof MARKS;
  readonly detail: string;
  readonly remedy?: string;
}): string {
  const { name, state, detail, remedy } = check;
  return `${MARKS[state]} ${name.padEnd(14)} ${runnable(detail)}\n${remedy ? `                 → ${runnable(remedy)}\n` : ''}`;
}
