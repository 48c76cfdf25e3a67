import colors from 'picocolors';
import { programName, runnable } from './program-name';

const MARKS = { ok: colors.green('✓'), note: colors.yellow('•'), problem: colors.red('✗') };

export interface CheckResult {
  readonly name: string;
  readonly state: keyof typeof MARKS;
  readonly detail: string;
  readonly remedy?: string;
}

/** One line for a check, and another for its remedy. */
export function toCheckLine(check: CheckResult): string {
  const { name, state, detail, remedy } = withRunnableCommands(check);
  return `${MARKS[state]} ${name.padEnd(14)} ${detail}\n${remedy ? `                 → ${remedy}\n` : ''}`;
}

/** The same check with commands that work as printed, for JSON. */
export function withRunnableCommands(check: CheckResult, program = programName()): CheckResult {
  const { detail, remedy } = check;
  return {
    ...check,
    detail: runnable(detail, program),
    ...(remedy !== undefined && { remedy: runnable(remedy, program) }),
  };
}
